package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The projections that get an adapter, in PEFT's words: a list of names, each a projection's ({@code q_proj}) or the end
 * of a module's path ({@code layers.0.self_attn.q_proj}), or one pattern that a module's whole path matches.
 *
 * @param pattern null where there is a list
 */
public record TargetModules(Set<String> names, @Nullable ModulePattern pattern) {

    /** The word for every projection. */
    public static final String ALL = "all-linear";

    private static final String FIELD = "target_modules";
    private static final int MOST_NAMES = 4096;

    public TargetModules {
        names = Set.copyOf(names);
        if (pattern == null && names.isEmpty()) {
            throw Refused.invalid(FIELD, "target_modules names at least one projection");
        }
        if (names.size() > MOST_NAMES) {
            throw Refused.invalid(FIELD, "target_modules names at most " + MOST_NAMES + " modules");
        }
        names.forEach(name -> Projection.of(name.substring(name.lastIndexOf('.') + 1)));
    }

    public static TargetModules all() {
        return of(EnumSet.allOf(Projection.class));
    }

    public static TargetModules of(Set<Projection> projections) {
        return new TargetModules(projections.stream().map(Projection::word).collect(Collectors.toSet()), null);
    }

    /** Names as they are written, the short {@code q} for {@code q_proj} too. */
    public static TargetModules of(Collection<String> names) {
        Set<String> words = new LinkedHashSet<>();
        for (String name : names) {
            words.add(name.indexOf('.') < 0 ? Projection.of(name).word() : name);
        }
        return new TargetModules(words, null);
    }

    /** {@link #ALL}, or a pattern. */
    public static TargetModules of(String text) {
        try {
            return text.equals(ALL) ? all() : new TargetModules(Set.of(), new ModulePattern(text));
        } catch (Refused e) {
            throw Refused.invalid(FIELD, FIELD + ": " + e.problem().message());
        }
    }

    @JsonCreator
    static TargetModules ofJson(Object json) {
        if (json instanceof String text) {
            return of(text);
        }
        if (json instanceof Collection<?> list && list.stream().allMatch(String.class::isInstance)) {
            return of(list.stream().map(String.class::cast).toList());
        }
        throw Refused.invalid(FIELD, "target_modules is a list of names, '" + ALL + "' or a pattern");
    }

    /** The pattern, or the names: projections in their order, then paths in the alphabet's. */
    @JsonValue
    public Object json() {
        return pattern != null ? pattern.text() : words();
    }

    private List<String> words() {
        List<String> words = new ArrayList<>();
        Arrays.stream(Projection.values())
                .map(Projection::word)
                .filter(names::contains)
                .forEach(words::add);
        names.stream().filter(name -> name.indexOf('.') >= 0).sorted().forEach(words::add);
        return words;
    }

    /** The pattern or each name by itself. */
    public List<TargetModules> each() {
        return pattern != null
                ? List.of(this)
                : words().stream()
                        .map(name -> new TargetModules(Set.of(name), null))
                        .toList();
    }

    /**
     * Whether a module gets an adapter.
     *
     * @param path such as {@code model.layers.0.self_attn.q_proj}
     */
    public boolean include(String path) {
        try {
            return pattern != null
                    ? pattern.matches(path)
                    : names.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
        } catch (Refused e) {
            throw Refused.invalid(FIELD, FIELD + ": " + e.problem().message());
        }
    }

    @Override
    public String toString() {
        return pattern != null ? pattern.text() : String.join(", ", words());
    }
}
