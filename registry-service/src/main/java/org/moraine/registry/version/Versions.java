package org.moraine.registry.version;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.registry.Visible;

/** The versions of all adapters, and their files. */
@ApplicationScoped
public class Versions {

    /** Takes where from: {@code live_versions}, or {@code versions} with those that are deleted. */
    private static final String SELECT = """
            SELECT a.team, a.adapter, v.version, v.commit_id, v.job, v.uploaded_by, v.summary,
                   v.base_model, v.method, v.settings, v.published_at,
                   (SELECT coalesce(sum(b.size), 0) FROM version_files f JOIN blobs b USING (digest)
                    WHERE f.adapter_id = v.adapter_id AND f.version = v.version) AS size,
                   p.message AS deprecated
            FROM %s v JOIN adapters a ON a.id = v.adapter_id
                 LEFT JOIN deprecations p ON p.adapter_id = v.adapter_id AND p.version = v.version
            """;

    private static final String LIVE = SELECT.formatted("live_versions");
    private static final String ALL = SELECT.formatted("versions");

    /**
     * The number of the newest version of the adapter of an id, null where it has none; read from the end of the index,
     * where {@code max} would look at all.
     */
    public static final String NEWEST_OF =
            "(SELECT l.version FROM live_versions l WHERE l.adapter_id = %s ORDER BY l.version DESC LIMIT 1)";

    private static final String SELECT_FILES = """
            SELECT f.path, b.size, b.digest, b.git_sha1
            FROM version_files f JOIN blobs b USING (digest) JOIN adapters a ON a.id = f.adapter_id
            WHERE a.team = ? AND a.adapter = ? AND f.version = ?
            """;

    private static final int MOST_SETTINGS = 1 << 18;

    private final Jdbi jdbi;
    private final ObjectMapper json;

    Versions(Jdbi jdbi, ObjectMapper json) {
        this.jdbi = jdbi;
        this.json = json;
    }

    /** Holds an adapter until the transaction ends, so that nobody else changes it; {@link Refused} where it is absent. */
    public long lock(Handle transaction, AdapterName adapter) {
        return transaction
                .select(
                        "SELECT id FROM adapters WHERE team = ? AND adapter = ? AND deleted_at IS NULL FOR UPDATE",
                        adapter.team().value(),
                        adapter.adapter())
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> Visible.absent(adapter.toString()));
    }

    /** Throws {@link Refused} unless a version of an adapter that is held is there. */
    public void requireLive(Handle transaction, long adapterId, int version) {
        boolean live = transaction
                .select("SELECT 1 FROM live_versions WHERE adapter_id = ? AND version = ?", adapterId, version)
                .mapTo(int.class)
                .findOne()
                .isPresent();
        if (!live) {
            String newest = transaction
                    .select("SELECT " + NEWEST_OF.formatted("?"), adapterId)
                    .mapTo(Integer.class)
                    .findOne()
                    .map(number -> "; the newest is " + number)
                    .orElse("");
            throw Refused.absent("version_not_found", "version", "There is no version " + version + newest);
        }
    }

    /** The adapter itself; throws {@link Refused} where it is not there. */
    public AdapterName requireAdapter(AdapterName adapter) {
        boolean there = jdbi.withHandle(handle -> handle.select(
                        "SELECT 1 FROM adapters WHERE team = ? AND adapter = ? AND deleted_at IS NULL",
                        adapter.team().value(),
                        adapter.adapter())
                .mapTo(int.class)
                .findOne()
                .isPresent());
        if (!there) {
            throw Visible.absent(adapter.toString());
        }
        return adapter;
    }

    public Optional<Version> find(AdapterName adapter, int version) {
        return of(adapter, "AND v.version = ?", version).findFirst();
    }

    /** Throws {@link Refused} where the adapter or its version is not there. */
    public Version require(AdapterName adapter, int version) {
        return find(adapter, version).orElseThrow(() -> {
            Version newest = newest(adapter).orElseThrow(() -> Visible.absent(adapter.toString()));
            return Refused.absent(
                    "version_not_found",
                    "version",
                    "There is no version " + version + " of " + adapter + "; the newest is " + newest.version());
        });
    }

    public Optional<Version> newest(AdapterName adapter) {
        return of(adapter, "ORDER BY v.version DESC LIMIT 1").findFirst();
    }

    /** The first version of some content; where several have it, of those that are not deprecated. */
    public Optional<Version> first(AdapterName adapter, String commit) {
        return of(adapter, "AND v.commit_id = ? ORDER BY p.message IS NOT NULL, v.version LIMIT 1", commit)
                .findFirst();
    }

    /** The commit of each of an adapter's versions, newest first. */
    public Map<Integer, String> commits(AdapterName adapter) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT v.version, v.commit_id FROM live_versions v JOIN adapters a ON a.id = v.adapter_id
                        WHERE a.team = ? AND a.adapter = ? ORDER BY v.version DESC""", adapter.team().value(), adapter.adapter())
                .reduceRows(new LinkedHashMap<>(), (commits, row) -> {
                    commits.put(row.getColumn("version", Integer.class), row.getColumn("commit_id", String.class));
                    return commits;
                }));
    }

    /** How many versions an adapter has up to a number. */
    public int countUpTo(AdapterName adapter, int version) {
        return jdbi.withHandle(handle -> handle.select("""
                        SELECT count(*) FROM live_versions v JOIN adapters a ON a.id = v.adapter_id
                        WHERE a.team = ? AND a.adapter = ? AND v.version <= ?""", adapter.team().value(), adapter.adapter(), version)
                .mapTo(int.class)
                .one());
    }

    /** An adapter's versions up to a number, newest first. */
    public List<Version> upTo(AdapterName adapter, int version, int limit) {
        return of(adapter, "AND v.version <= ? ORDER BY v.version DESC LIMIT ?", version, limit)
                .toList();
    }

    /** The newest version of each of a team's adapters whose name comes after another, in the order of names. */
    public List<Version> newestOfEach(TeamName team, String after, int limit) {
        return select(LIVE + """
                        WHERE v.version = %s AND NOT a.mirrored AND a.team = ? AND a.adapter COLLATE "C" > ?
                        ORDER BY a.adapter COLLATE "C" LIMIT ?""".formatted(NEWEST_OF.formatted("a.id")), team.value(), after, limit)
                .toList();
    }

    /** What fits, newest first, after where a page ended. */
    List<Version> search(Search search, Search.@Nullable Cursor after, int limit) {
        Search.Condition condition = search.condition(after);
        return select(
                        LIVE + condition.sql()
                                + " ORDER BY v.published_at DESC, a.adapter COLLATE \"C\" DESC, v.version DESC LIMIT ?",
                        Stream.concat(condition.arguments().stream(), Stream.of(limit))
                                .toArray())
                .toList();
    }

    /** The version that a job made, be it deleted by now. */
    public Optional<Version> madeBy(JobId job) {
        return select(ALL + "WHERE v.job = ?", job.value()).findFirst();
    }

    /** A version's files, sorted by path. */
    public List<VersionFile> files(Version version) {
        return files(version, "ORDER BY f.path").toList();
    }

    public Optional<VersionFile> file(Version version, String path) {
        return files(version, "AND f.path = ?", path).findFirst();
    }

    /** Writes a version and its files, whose blobs must have their rows. */
    public void add(Handle transaction, long adapterId, int version, NewVersion made) {
        transaction.execute(
                """
                INSERT INTO versions (adapter_id, version, commit_id, job, uploaded_by, summary, base_model, method, settings)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS jsonb))""",
                adapterId,
                version,
                made.commit(),
                made.job() == null ? null : made.job().value(),
                made.uploadedBy() == null ? null : made.uploadedBy().value(),
                made.summary(),
                made.baseModel(),
                made.method() == null ? null : made.method().word(),
                written(made.settings()));
        try (PreparedBatch files = transaction.prepareBatch(
                "INSERT INTO version_files (adapter_id, version, path, digest) VALUES (?, ?, ?, ?)")) {
            for (Manifest.File file : made.manifest().files()) {
                files.add(adapterId, version, file.path(), file.digest().hex());
            }
            files.execute();
        }
    }

    /** The adapter's id is asked for by itself, so that its versions are read in the order of their index. */
    private Stream<Version> of(AdapterName adapter, String condition, Object... arguments) {
        return select(
                LIVE + "WHERE v.adapter_id = (SELECT id FROM adapters WHERE team = ? AND adapter = ?) " + condition,
                Stream.concat(Stream.of(adapter.team().value(), adapter.adapter()), Stream.of(arguments))
                        .toArray());
    }

    private Stream<Version> select(String query, Object... arguments) {
        return jdbi
                .withHandle(handle -> handle.select(query, arguments)
                        .map((row, context) -> version(row))
                        .list())
                .stream();
    }

    private Stream<VersionFile> files(Version version, String condition, Object... arguments) {
        Object[] all = Stream.concat(
                        Stream.of(
                                version.adapter().team().value(),
                                version.adapter().adapter(),
                                version.version()),
                        Stream.of(arguments))
                .toArray();
        return jdbi
                .withHandle(handle -> handle.select(SELECT_FILES + condition, all)
                        .map((row, context) -> new VersionFile(
                                row.getString("path"),
                                row.getLong("size"),
                                new Digest(row.getString("digest")),
                                row.getString("git_sha1")))
                        .list())
                .stream();
    }

    private Version version(ResultSet row) throws SQLException {
        return new Version(
                new AdapterName(new TeamName(row.getString("team")), row.getString("adapter")),
                row.getInt("version"),
                row.getString("commit_id"),
                row.getString("job") == null ? null : new JobId(row.getString("job")),
                row.getString("uploaded_by"),
                row.getString("summary"),
                row.getString("base_model"),
                json.convertValue(row.getString("method"), Method.class),
                settings(row.getString("settings")),
                row.getObject("published_at", OffsetDateTime.class).toInstant(),
                row.getLong("size"),
                row.getString("deprecated"));
    }

    private Map<String, Object> settings(String text) {
        try {
            return json.readValue(text, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new AssertionError("settings were written by us", e);
        }
    }

    private String written(Map<String, Object> settings) {
        try {
            String text = json.writeValueAsString(settings);
            if (text.length() > MOST_SETTINGS || text.contains("\\u0000")) {
                throw Refused.invalid(
                        "settings", "settings have at most " + MOST_SETTINGS + " letters, none of code 0");
            }
            return text;
        } catch (JsonProcessingException e) {
            throw new AssertionError("settings came as JSON", e);
        }
    }
}
