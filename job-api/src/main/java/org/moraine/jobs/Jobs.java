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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
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

    /** Adds an accepted job with its first events, in the caller's transaction. */
    public void add(Handle handle, Job job) {
        handle.createUpdate("""
                        INSERT INTO jobs (id, team, created_at, training_file, validation_file, suffix, echo, spec, status)
                        VALUES (:id, :team, :at, :trainingFile, :validationFile, :suffix, :echo::jsonb, :spec::jsonb, :status)
                        """)
                .bind("id", job.id().value())
                .bind("team", job.team().value())
                .bind("at", job.asked().at())
                .bind("trainingFile", job.asked().trainingFile())
                .bind("validationFile", job.asked().validationFile())
                .bind("suffix", job.asked().suffix())
                .bind("echo", write(job.asked().echo()))
                .bind("spec", write(job.spec()))
                .bind("status", job.status().word())
                .execute();
        String validationFile = job.asked().validationFile();
        events.begin(
                handle,
                job.id(),
                job.asked().at(),
                List.of(
                        "Created fine-tuning job: " + job.id(),
                        "Validating training file: " + job.asked().trainingFile()
                                + (validationFile == null ? "" : " and validation file: " + validationFile)));
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
                update(handle, change.job());
            }
            return result;
        });
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
        return jdbi.withHandle(handle -> handle.createQuery("SELECT " + COLUMNS
                        + """
                         FROM jobs
                        WHERE team = :team AND %s
                          AND CASE WHEN :metadata::jsonb IS NULL
                                   THEN coalesce(echo -> 'metadata', 'null') IN ('null', '{}')
                                   ELSE :metadata::jsonb = '{}' OR echo -> 'metadata' @> :metadata::jsonb END
                        ORDER BY created_at DESC, id DESC LIMIT :limit
                        """.formatted(after == null ? "true" : "(created_at, id) < (:afterAt, :after)"))
                .bind("team", team.value())
                .bindMap(
                        after == null
                                ? Map.of()
                                : Map.of(
                                        "after",
                                        after.id().value(),
                                        "afterAt",
                                        after.asked().at()))
                .bind("metadata", metadata == null ? null : write(metadata))
                .bind("limit", limit)
                .map(this::job)
                .list());
    }

    /** Jobs of one status, oldest first, of all teams. */
    public List<JobId> withStatus(JobStatus status, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT id FROM jobs WHERE status = :status ORDER BY created_at, id LIMIT :limit")
                .bind("status", status.word())
                .bind("limit", limit)
                .map((row, context) -> new JobId(row.getString(1)))
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

    private void update(Handle handle, Job job) {
        Publication.Made made = job.ending().made();
        handle.createUpdate("""
                        UPDATE jobs SET status = :status, attempt = :attempt, due_at = :due, dispatched_at = :dispatched,
                            command = :command, started_at = :started, chosen = :chosen::jsonb,
                            trained_tokens = :tokens, estimated_finish = :estimated, finished_at = :finished, problem = :problem::jsonb,
                            version = :version, commit_id = :commit, result_file = :resultFile
                        WHERE id = :id
                        """)
                .bind("id", job.id().value())
                .bind("status", job.status().word())
                .bind("attempt", job.state().attempt())
                .bind("due", job.state().due())
                .bind("dispatched", job.state().dispatched())
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
                .execute();
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
