package org.moraine.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** The table of all jobs. Safe for use by many threads. */
@Singleton
public class Jobs {

    private static final String COLUMNS = "spec, created_at, training_file, validation_file, suffix, echo, status,"
            + " attempt, due_at, dispatched_at, command, started_at, chosen, trained_tokens, estimated_finish, finished_at,"
            + " problem, version, commit_id, result_file";

    /** As {@link #COLUMNS}, where another table is beside. */
    private static final String JOBS_COLUMNS = COLUMNS.replaceAll("(\\w+)", "jobs.$1");

    /** How many pairs of metadata a job has at most. */
    public static final int MOST_METADATA = 16;

    /** All that a change may have moved; what a job needs and where it was sent stay where a change does not say. */
    private static final String UPDATE = """
            UPDATE jobs SET status = :status, attempt = :attempt, due_at = :due, dispatched_at = :dispatched,
                dispatched_to = coalesce(:dispatchedTo, dispatched_to),
                requeued_after = coalesce(:requeuedAfter, requeued_after),
                needs_fp32 = coalesce(:fp32, needs_fp32), needs_bf16 = coalesce(:bf16, needs_bf16),
                command = :command, started_at = :started, chosen = :chosen::jsonb, trained_tokens = :tokens,
                estimated_finish = :estimated, finished_at = :finished, problem = :problem::jsonb, version = :version,
                commit_id = :commit, result_file = :resultFile
            WHERE id = :id""";

    private final Jdbi jdbi;
    private final JobEvents events;
    private final Clock clock;
    private final ObjectMapper json;

    Jobs(Jdbi jdbi, JobEvents events, Clock clock, ObjectMapper json) {
        this.jdbi = jdbi;
        this.events = events;
        this.clock = clock;
        this.json = json;
    }

    /**
     * Statement parts that add an accepted job with its first events and the pairs of its metadata, where the part {@code
     * source} before them has a row; {@link #accept} gives their values.
     */
    public static String adding(String source) {
        return """
                added AS (
                    INSERT INTO jobs (id, team, created_at, training_file, validation_file, suffix, echo, spec, status,
                        due_at, needs_fp32, needs_bf16)
                    SELECT :id, :team, :at, :trainingFile, :validationFile, :suffix, :echo::jsonb, :spec::jsonb, :status,
                        :due, :fp32, :bf16
                    FROM %s RETURNING id, team, created_at, echo),
                labelled AS (
                    INSERT INTO job_metadata (team, key, value, created_at, job)
                    SELECT team, key, value, created_at, id FROM added, jsonb_each_text(
                        CASE jsonb_typeof(echo -> 'metadata') WHEN 'object' THEN echo -> 'metadata' ELSE '{}' END)),
                begun AS (
                    INSERT INTO job_events (id, job, created_at, level, message)
                    SELECT event, id, created_at, 'info', message
                    FROM added, unnest(:events, :messages) WITH ORDINALITY AS told (event, message, place)
                    ORDER BY place)""".formatted(source);
    }

    /**
     * Binds what {@link #adding} needs of an accepted job, and gives the job as it is added.
     *
     * @param needs what its worker must have where its files are known to be good, so that it waits for one at once; null
     *     where they are to be looked through first
     */
    public Job accept(Handle handle, SqlStatement<?> statement, Job accepted, @Nullable Needs needs) {
        String validationFile = accepted.asked().validationFile();
        JobChange change =
                new JobChange(handle, accepted, events, accepted.asked().at());
        change.message(JobEvents.Level.INFO, "Created fine-tuning job: " + accepted.id());
        change.message(
                JobEvents.Level.INFO,
                "Validating training file: " + accepted.asked().trainingFile()
                        + (validationFile == null ? "" : " and validation file: " + validationFile));
        if (needs != null) {
            change.queue(needs);
        }
        Job job = change.job();
        statement
                .bind("id", job.id().value())
                .bind("team", job.team().value())
                .bind("at", job.asked().at())
                .bind("trainingFile", job.asked().trainingFile())
                .bind("validationFile", validationFile)
                .bind("suffix", job.asked().suffix())
                .bind("echo", write(job.asked().echo()))
                .bind("spec", write(job.spec()))
                .bind("status", job.status().word())
                .bind("due", job.state().due())
                .bind("fp32", needs == null ? null : needs.fp32Bytes())
                .bind("bf16", needs == null ? null : needs.bf16Bytes())
                .bindArray(
                        "events",
                        String.class,
                        change.told().stream().map(told -> events.id()).toList())
                .bindArray(
                        "messages",
                        String.class,
                        change.told().stream().map(JobEvents.New::message).toList());
        return job;
    }

    /**
     * Runs a change of one job in one transaction, with the job's row locked; what the change moved is written when it
     * returns, and nothing at all where it throws. Empty where there is no such job.
     */
    public <T> Optional<T> change(JobId id, Function<JobChange, T> work) {
        return jdbi.inTransaction(handle -> change(handle, id, work));
    }

    /** As {@link #change(JobId, Function)}, in the caller's transaction. */
    public <T> Optional<T> change(Handle handle, JobId id, Function<JobChange, T> work) {
        Optional<Job> found = handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE id = :id FOR UPDATE")
                .bind("id", id.value())
                .map(this::job)
                .findOne();
        return found.map(before -> {
            JobChange change = new JobChange(handle, before, events, clock.instant());
            T result = work.apply(change);
            if (!change.job().equals(before)) {
                PreparedBatch update = handle.prepareBatch(UPDATE);
                add(update, change);
                update.execute();
            }
            events.add(handle, change.told());
            return result;
        });
    }

    /**
     * Runs the same change of several jobs in the caller's transaction, with few statements for all of them; a job that is
     * being changed at this moment is left out, and so is one that is not there. Where one throws, the transaction must
     * not be committed.
     */
    public <T> List<T> changeFree(Handle handle, Collection<JobId> ids, Function<JobChange, T> work) {
        List<Job> found = handle.createQuery(
                        "SELECT " + COLUMNS + " FROM jobs WHERE id = ANY (:ids) FOR UPDATE SKIP LOCKED")
                .bindArray("ids", String.class, ids.stream().map(JobId::value).toList())
                .map(this::job)
                .list();
        Instant now = clock.instant();
        List<T> results = new ArrayList<>();
        List<JobEvents.New> told = new ArrayList<>();
        PreparedBatch update = handle.prepareBatch(UPDATE);
        for (Job before : found) {
            JobChange change = new JobChange(handle, before, events, now);
            results.add(work.apply(change));
            if (!change.job().equals(before)) {
                add(update, change);
            }
            told.addAll(change.told());
        }
        if (update.size() > 0) {
            update.execute();
        }
        events.add(handle, told);
        return results;
    }

    /** A team's job; throws {@link Refused} where the team has none of that id, whether or not another team has. */
    public Job require(TeamName team, JobId id) {
        return find(id).filter(job -> job.team().equals(team)).orElseThrow(() -> absent(id.value()));
    }

    /** The refusal for a job that is not there, or not the caller's. */
    public static Refused absent(String id) {
        return Refused.absent(
                "fine_tuning_job_not_found", "fine_tuning_job_id", "Could not find fine-tuning job: " + id);
    }

    public Optional<Job> find(JobId id) {
        return jdbi.withHandle(handle -> find(handle, id));
    }

    /** As {@link #find(JobId)}, in the caller's transaction. */
    public Optional<Job> find(Handle handle, JobId id) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE id = :id")
                .bind("id", id.value())
                .map(this::job)
                .findOne();
    }

    /**
     * A team's jobs, newest first.
     *
     * @param after only jobs older than this one; null for the newest
     * @param metadata pairs that a job's metadata must have; null for jobs without metadata
     */
    public List<Job> page(TeamName team, @Nullable Job after, int limit, @Nullable Map<String, String> metadata) {
        if (metadata != null && metadata.size() > MOST_METADATA) {
            return List.of();
        }
        List<Map.Entry<String, String>> pairs = metadata == null ? List.of() : List.copyOf(metadata.entrySet());
        String sql = "SELECT " + JOBS_COLUMNS
                + (pairs.isEmpty() ? page(metadata == null, after != null) : pageWith(pairs.size(), after != null));
        return jdbi.withHandle(handle -> {
            Query query = handle.createQuery(sql).bind("team", team.value()).bind("limit", limit);
            if (after != null) {
                query.bind("after", after.id().value())
                        .bind("afterAt", after.asked().at());
            }
            for (int i = 0; i < pairs.size(); i++) {
                query.bind("key" + i, pairs.get(i).getKey())
                        .bind("value" + i, pairs.get(i).getValue());
            }
            return query.map(this::job).list();
        });
    }

    private static String page(boolean withoutMetadata, boolean after) {
        return """
                 FROM jobs WHERE team = :team AND %s AND %s
                ORDER BY created_at DESC, id DESC LIMIT :limit""".formatted(
                        withoutMetadata ? "coalesce(echo -> 'metadata', 'null') IN ('null', '{}')" : "true",
                        after ? "(created_at, id) < (:afterAt, :after)" : "true");
    }

    /** The first pair's part of the index is read in the order of the list; the others' are asked for each job in it. */
    private static String pageWith(int pairs, boolean after) {
        String others =
                IntStream.range(1, pairs).mapToObj(i -> """
                        AND EXISTS (SELECT FROM job_metadata AS pair
                            WHERE pair.team = :team AND pair.key = :key%1$d AND pair.value = :value%1$d
                              AND pair.created_at = first.created_at AND pair.job = first.job)
                        """.formatted(i)).collect(Collectors.joining());
        return """
                 FROM job_metadata AS first JOIN jobs ON jobs.id = first.job
                WHERE first.team = :team AND first.key = :key0 AND first.value = :value0 AND %s
                %sORDER BY first.created_at DESC, first.job DESC LIMIT :limit""".formatted(after ? "(first.created_at, first.job) < (:afterAt, :after)" : "true", others);
    }

    /** Jobs of one status, oldest first, of all teams. */
    public List<Job> withStatus(JobStatus status, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE status = '"
                        + status.word() + "' ORDER BY created_at, id LIMIT :limit")
                .bind("limit", limit)
                .map(this::job)
                .list());
    }

    /** The job whose result has, or will have, a name as {@link Job#fineTunedModel} gives it, of whichever team. */
    public Optional<Job> named(String model) {
        String end = model.substring(Math.max(0, model.length() - Job.NAMED_BY));
        if (end.indexOf('\0') >= 0) {
            return Optional.empty(); // what PostgreSQL cannot hold is not there
        }
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT " + COLUMNS + " FROM jobs WHERE right(id, 8) = :end")
                        .bind("end", end)
                        .map(this::job)
                        .filter(job -> job.fineTunedModel().equals(model))
                        .findFirst());
    }

    /** A team's jobs whose models are there, newest first: they succeeded, and the model was not deleted since. */
    public List<Job> models(TeamName team, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM jobs WHERE team = :team AND status = 'succeeded' AND model_deleted_at IS NULL"
                        + " ORDER BY created_at DESC, id DESC LIMIT :limit")
                .bind("team", team.value())
                .bind("limit", limit)
                .map(this::job)
                .list());
    }

    /** Takes a job's model from the list of models; false where it is not there, or not any more. */
    public boolean deleteModel(JobId id) {
        return jdbi.withHandle(handle -> handle.execute(
                        "UPDATE jobs SET model_deleted_at = ? WHERE id = ? AND status = 'succeeded' AND model_deleted_at IS NULL",
                        clock.instant(),
                        id.value()))
                == 1;
    }

    /** Whether a job has made a model that was not deleted since. */
    public boolean hasModel(JobId id) {
        return jdbi.withHandle(handle -> handle.select(
                        "SELECT EXISTS (SELECT FROM jobs WHERE id = ? AND status = 'succeeded' AND model_deleted_at IS NULL)",
                        id.value())
                .mapTo(Boolean.class)
                .one());
    }

    private void add(PreparedBatch update, JobChange change) {
        Job job = change.job();
        Publication.Made made = job.ending().made();
        Needs needs = change.needs();
        update.bind("id", job.id().value())
                .bind("status", job.status().word())
                .bind("attempt", job.state().attempt())
                .bind("due", job.state().due())
                .bind("dispatched", job.state().dispatched())
                .bind("dispatchedTo", change.dispatchedTo())
                .bind("requeuedAfter", change.requeuedAfter())
                .bind("fp32", needs == null ? null : needs.fp32Bytes())
                .bind("bf16", needs == null ? null : needs.bf16Bytes())
                .bind(
                        "command",
                        job.state().command() == null
                                ? null
                                : job.state().command().name())
                .bind("started", job.progress().startedAt())
                .bind(
                        "chosen",
                        job.progress().chosen() == null
                                ? null
                                : write(job.progress().chosen()))
                .bind("tokens", job.progress().trainedTokens())
                .bind("estimated", job.progress().estimatedFinish())
                .bind("finished", job.ending().at())
                .bind(
                        "problem",
                        job.ending().problem() == null
                                ? null
                                : write(job.ending().problem()))
                .bind("version", made == null ? null : made.version())
                .bind("commit", made == null ? null : made.commit())
                .bind("resultFile", job.ending().resultFile())
                .add();
    }

    private Job job(ResultSet row, StatementContext context) throws SQLException {
        JobSpec spec = read(row.getString("spec"), JobSpec.class);
        String command = row.getString("command");
        String chosen = row.getString("chosen");
        String problem = row.getString("problem");
        return new Job(
                spec,
                new Job.Asked(
                        row.getTimestamp("created_at").toInstant(),
                        row.getString("training_file"),
                        row.getString("validation_file"),
                        row.getString("suffix"),
                        read(row.getString("echo"), ObjectNode.class)),
                new Job.State(
                        JobStatus.of(row.getString("status")),
                        row.getInt("attempt"),
                        instant(row, "due_at"),
                        instant(row, "dispatched_at"),
                        command == null ? null : JobCommand.Kind.valueOf(command)),
                new Job.Progress(
                        instant(row, "started_at"),
                        chosen == null ? null : read(chosen, ChosenSettings.class),
                        row.getObject("trained_tokens", Long.class),
                        instant(row, "estimated_finish")),
                new Job.Ending(
                        instant(row, "finished_at"),
                        problem == null ? null : read(problem, Problem.class),
                        made(spec.adapter(), row),
                        row.getString("result_file")));
    }

    private static Publication.@Nullable Made made(AdapterName adapter, ResultSet row) throws SQLException {
        String commit = row.getString("commit_id");
        return commit == null ? null : new Publication.Made(adapter, row.getInt("version"), commit);
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Timestamp value = row.getTimestamp(column);
        return value == null ? null : value.toInstant();
    }

    private String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A job cannot be written", e);
        }
    }

    private <T> T read(String text, Class<T> type) {
        try {
            return json.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The table jobs holds what cannot be read", e);
        }
    }
}
