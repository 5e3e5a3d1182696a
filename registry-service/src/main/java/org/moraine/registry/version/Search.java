package org.moraine.registry.version;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/**
 * What versions are looked for by; null asks nothing.
 *
 * @param method in its word, such as {@code mora}
 * @param tag a tag of the version
 */
record Search(
        TeamName team,
        @Nullable String adapter,
        @Nullable String baseModel,
        @Nullable String method,
        @Nullable String tag,
        List<Metric> metrics) {

    /** Where a page ended, newest first: {@code published_at,adapter,version}, as {@link #next} writes it. */
    record Cursor(Instant publishedAt, String adapter, int version) {
        private static final Pattern SHAPE =
                Pattern.compile("([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}Z),([A-Za-z0-9._-]{1,64}),([0-9]{1,9})");

        static Cursor of(String text) {
            Matcher cursor = SHAPE.matcher(text);
            if (!cursor.matches()) {
                throw refused(text);
            }
            try {
                return new Cursor(Instant.parse(cursor.group(1)), cursor.group(2), Integer.parseInt(cursor.group(3)));
            } catch (DateTimeParseException e) {
                throw refused(text);
            }
        }

        private static Refused refused(String text) {
            return Refused.invalid("after", "'" + text + "' is no 'next' of an earlier page");
        }

        static String next(Version last) {
            return last.publishedAt() + "," + last.adapter().adapter() + "," + last.version();
        }
    }

    /** The condition in SQL, and its arguments in the order of their question marks. */
    record Condition(String sql, List<Object> arguments) {
        private Condition and(String more, Object... values) {
            List<Object> all = new ArrayList<>(arguments);
            all.addAll(List.of(values));
            return new Condition(sql + " AND " + more, all);
        }
    }

    Condition condition(@Nullable Cursor after) {
        Condition all = new Condition("WHERE a.team = ? AND NOT a.mirrored", List.of(team.value()));
        if (adapter != null) {
            all = all.and("a.adapter = ?", adapter);
        }
        if (baseModel != null) {
            all = all.and("v.base_model = ?", baseModel);
        }
        if (method != null) {
            all = all.and("v.method = ?", method);
        }
        if (tag != null) {
            all = all.and("""
                    EXISTS (SELECT FROM tags t
                            WHERE t.adapter_id = v.adapter_id AND t.version = v.version AND t.tag = ?)""", tag);
        }
        for (Metric metric : metrics) { // name and operator are of few letters, as the pattern says
            String operator = metric.operator().equals("=") ? "==" : metric.operator();
            all = all.and(
                    "jsonb_path_exists(v.settings, '$.\"%s\" ? (@ %s $bound)', jsonb_build_object('bound', ?))"
                            .formatted(metric.name(), operator),
                    metric.bound());
        }
        return after == null
                ? all
                : all.and(
                        "(v.published_at, a.adapter COLLATE \"C\", v.version) < (?, ?, ?)",
                        after.publishedAt.atOffset(ZoneOffset.UTC),
                        after.adapter,
                        after.version);
    }
}
