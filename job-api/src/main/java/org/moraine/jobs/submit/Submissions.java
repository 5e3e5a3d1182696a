package org.moraine.jobs.submit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.moraine.access.Teams;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.DataFile;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.JobId;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Method;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelConfig;
import org.moraine.jobs.Ids;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.files.Purpose;
import org.moraine.jobs.files.StoredFile;
import org.moraine.jobs.files.StoredFiles;
import org.moraine.jobs.validate.Validator;

/** Makes jobs from create requests: one job for one request, however often it comes. */
@Singleton
public class Submissions {

    private static final Logger LOG = Logger.getLogger(Submissions.class);
    private static final int HEAD = 1 << 20;
    private static final int REMEMBERED = 1000;
    private static final Duration DESCRIBED = Duration.ofSeconds(10);

    /** Waits for the end of the transaction of another coming of the same request. */
    private static final String ALONE = "pg_advisory_xact_lock(hashtextextended(%s, 2))";

    /** How a file is named by who knows what it held, such as the training record of a version. */
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private final Jdbi jdbi;
    private final Jobs jobs;
    private final StoredFiles files;
    private final Teams teams;
    private final BaseModels models;
    private final Validator validator;
    private final Ids ids;
    private final Clock clock;
    private final ObjectMapper json;
    private final Duration retryWindow;

    /** Bytes that were looked at and may be trained on, the latest: many jobs may be made of them. */
    private final Map<Digest, Boolean> trainable = latest();

    /** Files that were usable, the latest, by their ids; whether one is still there is seen when the job is made. */
    private final Map<String, StoredFile> usable = latest();

    /** An adapter for a base model. */
    private record Fit(ModelConfig model, AdapterSettings adapter) {}

    /** Adapters that fit each layer of their models, the latest. */
    private final Map<Fit, Boolean> fitting = latest();

    /** Base models that were described, the latest. */
    private final Map<String, Described> described = latest();

    Submissions(
            Jdbi jdbi,
            Jobs jobs,
            StoredFiles files,
            Teams teams,
            BaseModels models,
            Validator validator,
            Ids ids,
            Clock clock,
            ObjectMapper json,
            SubmitConfig config) {
        this.jdbi = jdbi;
        this.jobs = jobs;
        this.files = files;
        this.teams = teams;
        this.models = models;
        this.validator = validator;
        this.ids = ids;
        this.clock = clock;
        this.json = json.copy().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
        this.retryWindow = config.retryWindow();
    }

    /**
     * One coming of a create request.
     *
     * @param key the header {@code Idempotency-Key}; null where the client sent none
     * @param isRetry whether the client says that it sent the request before
     */
    record Request(TeamName team, ObjectNode body, @Nullable String key, boolean isRetry) {}

    private static <K, V> Map<K, V> latest() {
        return Collections.synchronizedMap(new LinkedHashMap<K, V>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > REMEMBERED;
            }
        });
    }

    /** What a base model was at some time. */
    private record Described(ModelConfig config, Instant at) {}

    /** The job of the request, made now or before; throws {@link Refused} where there cannot be one. */
    Job submit(Request request) {
        Instant arrived = clock.instant();
        Submission submission = Submission.of(request.body());
        Digest body = canonical(request.body());
        if (request.key() != null || request.isRetry()) {
            Optional<Job> before = jdbi.inTransaction(handle -> madeBefore(handle, request, body, arrived));
            if (before.isPresent()) {
                return before.get();
            }
        }
        Files named = files(request.team(), submission, true);
        Wanted wanted = wanted(request.team(), submission, named, arrived);
        Validator.Known known = validator.known(wanted.job, wanted.model).orElse(null);
        Job made = jdbi.withHandle(handle -> make(handle, request, body, wanted.job, known, named));
        if (made.id().equals(wanted.job.id())) {
            LOG.infof(
                    "Job accepted job=%s team=%s adapter=%s base=%s file=%s status=%s",
                    made.id(),
                    made.team(),
                    made.spec().adapter(),
                    made.spec().baseModel(),
                    made.asked().trainingFile(),
                    made.status());
            validator.accepted(made);
        }
        return made;
    }

    /** The job that a create request would make now, which is not made; throws {@link Refused} where it would. */
    public Job tried(TeamName team, ObjectNode body) {
        Submission submission = Submission.of(body);
        return wanted(team, submission, files(team, submission, false), clock.instant()).job;
    }

    /** What came of a statement that looks for a request's job. */
    private record Found(@Nullable String job, @Nullable String body) {

        private Optional<JobId> of(Digest asked) {
            if (body != null && !body.equals(asked.hex())) {
                throw Refused.conflict(
                        "idempotency_key_reused", "This Idempotency-Key came before, with another request");
            }
            return Optional.ofNullable(job).map(JobId::new);
        }
    }

    /** Waits for another coming of the same request that is being worked on, then looks for its job. */
    private Optional<Job> madeBefore(Handle handle, Request request, Digest body, Instant arrived) {
        handle.execute("SELECT " + ALONE.formatted("?"), place(request, body));
        Query query = handle.createQuery(before(request));
        bind(query, request, body, arrived);
        return query.map((row, context) -> new Found(row.getString("job"), row.getString("body")))
                .findOne()
                .flatMap(found -> found.of(body))
                .map(id -> jobs.find(handle, id).orElseThrow());
    }

    /** What two comings of one request have in common. */
    private static String place(Request request, Digest body) {
        return request.team() + " " + (request.key() == null ? body : request.key());
    }

    /** The request's job where it has one: its key's, a retry's, or the one a retry made while its first coming was under way. */
    private static String before(Request request) {
        return request.key() != null
                ? "SELECT job, body FROM submissions WHERE team = :team AND idempotency_key = :key"
                : """
                SELECT job, body FROM submissions
                WHERE team = :team AND body = :body AND idempotency_key IS NULL AND created_at >= :since
                  AND (:isRetry OR (retry AND created_at >= :arrived))
                ORDER BY created_at DESC LIMIT 1""";
    }

    private void bind(SqlStatement<?> statement, Request request, Digest body, Instant arrived) {
        statement
                .bind("team", request.team().value())
                .bind("key", request.key())
                .bind("body", body.hex())
                .bind("since", arrived.minus(retryWindow))
                .bind("isRetry", request.isRetry())
                .bind("arrived", arrived);
    }

    /**
     * Makes the job unless it was made before, in two statements: the second begins when nobody else works on the request
     * any more and nobody removes its files, and sees what they did. They are sent together, outside of a transaction of
     * ours, so that they are one transaction (PostgreSQL's protocol, "Pipelining") and one trip to the database.
     *
     * @param known that the job's files are good; null where they are to be looked through, or not good
     */
    private Job make(
            Handle handle, Request request, Digest body, Job wanted, Validator.@Nullable Known known, Files named) {
        Query query = handle.createQuery("""
                SELECT %s, %s, %s;
                WITH before AS (%s),
                training AS (SELECT 1 FROM files WHERE id = :trainingFile AND %s),
                validation AS (
                    SELECT 1 WHERE :validationFile::text IS NULL
                    UNION ALL SELECT 1 FROM files WHERE id = :validationFile AND %s),
                wanted AS (SELECT 1 FROM training, validation WHERE NOT EXISTS (SELECT FROM before)),
                %s,
                %s,
                submitted AS (
                    INSERT INTO submissions (job, team, idempotency_key, body, retry, created_at)
                    SELECT id, :team, :key, :body, :isRetry, :now FROM added)
                SELECT (SELECT job FROM before) AS job, (SELECT body FROM before) AS body,
                    EXISTS (SELECT FROM added) AS added, EXISTS (SELECT FROM training) AS training""".formatted(
                        ALONE.formatted(":place"),
                        StoredFiles.HOLD.formatted(":trainingFile"),
                        StoredFiles.HOLD.formatted("coalesce(:validationFile, :trainingFile)"),
                        before(request),
                        StoredFiles.VISIBLE,
                        StoredFiles.VISIBLE,
                        Jobs.adding("wanted"),
                        Validator.ADDING));
        bind(query, request, body, wanted.asked().at());
        Job job = jobs.accept(handle, query, wanted, known == null ? null : known.needs());
        Came came = query.bind("now", clock.instant())
                .bind("place", place(request, body))
                .bind("report", known == null ? null : known.report())
                .execute(Submissions::second);
        if (came.added) {
            return job;
        }
        return came.found
                .of(body)
                .map(id -> jobs.find(handle, id).orElseThrow())
                .orElseThrow(() -> gone(named, came.hasTraining));
    }

    /** What came of a request. */
    private record Came(boolean added, Found found, boolean hasTraining) {}

    /** Reads the row of the second of two statements. */
    private static Came second(Supplier<PreparedStatement> both, StatementContext context) throws SQLException {
        try (context) {
            PreparedStatement executed = both.get();
            executed.getMoreResults();
            try (ResultSet row = executed.getResultSet()) {
                row.next();
                return new Came(
                        row.getBoolean("added"),
                        new Found(row.getString("job"), row.getString("body")),
                        row.getBoolean("training"));
            }
        }
    }

    private Refused gone(Files named, boolean hasTraining) {
        usable.remove(named.training.team() + " " + named.training.id());
        if (!hasTraining || named.validation == null) {
            return noFile("training_file", named.training.id());
        }
        usable.remove(named.validation.team() + " " + named.validation.id());
        return noFile("validation_file", named.validation.id());
    }

    /** A job that a request asks for, and its base model. */
    private record Wanted(Job job, ModelConfig model) {}

    private Wanted wanted(TeamName team, Submission submission, Files named, Instant now) {
        int seed = submission.seed() == null ? ids.seed() : submission.seed();
        Job before = submission.goesOn() ? earlier(team, submission.model()) : null;
        EarlierAdapter earlier = before == null ? null : version(before);
        String base = before == null ? submission.model() : before.spec().baseModel();
        ModelConfig model = config(team, base);
        Submission.Settings settings = submission.settings(
                model, before == null ? null : before.spec().adapterSettings(), seed, this::requireFit);
        Job job = Job.accepted(
                new JobSpec(
                        ids.job(),
                        base,
                        earlier,
                        submission.adapter(team, earlier),
                        dataFile(named.training),
                        named.validation == null ? null : dataFile(named.validation),
                        settings.adapter(),
                        settings.training()),
                new Job.Asked(
                        now,
                        named.training.id(),
                        named.validation == null ? null : named.validation.id(),
                        submission.suffix(),
                        settings.echo()));
        return new Wanted(job, model);
    }

    private void requireFit(ModelConfig model, AdapterSettings adapter) {
        Fit fit = new Fit(model, adapter);
        if (!fitting.containsKey(fit)) {
            AdapterShapes.check(model, adapter);
            fitting.put(fit, true);
        }
    }

    /** The job that made a fine-tuned model of the team's. */
    private Job earlier(TeamName team, String model) {
        Job made = jobs.named(model)
                .filter(job -> job.team().equals(team) && jobs.hasModel(job.id()))
                .orElseThrow(() ->
                        Refused.invalid("model_not_found", "model", "There is no fine-tuned model '" + model + "'"));
        if (made.spec().adapterSettings().method() == Method.FULL) {
            throw Refused.invalid(
                    "model_not_usable",
                    "model",
                    "'" + model + "' is a whole model, which is no adapter to train further; where the registry serves"
                            + " base models, name its version, " + version(made));
        }
        return made;
    }

    private static EarlierAdapter version(Job job) {
        Publication.Made made = Objects.requireNonNull(job.ending().made(), "a job that has a model made a version");
        return new EarlierAdapter(job.fineTunedModel(), made.adapter(), made.version(), made.commit());
    }

    /** A registry that serves base models shows us every team's: only the team's own are its to train on. */
    private ModelConfig config(TeamName team, String model) {
        String owner = model.substring(0, Math.max(0, model.indexOf('/')));
        if (!owner.equals(team.value()) && teams.find(owner).isPresent()) {
            throw Refused.invalid("model_not_found", "model", "There is no base model '" + model + "'");
        }
        try {
            return described(model);
        } catch (Refused refused) {
            throw Refused.invalid(
                    refused.problem().code(), "model", refused.problem().message());
        } catch (EngineException unusable) {
            throw Refused.invalid(
                    "model_not_usable", "model", "The base model cannot be used: " + unusable.getMessage());
        }
    }

    /** Reading it anew for each of many jobs in a row would say the same. */
    private ModelConfig described(String model) {
        Described before = described.get(model);
        Instant now = clock.instant();
        if (before != null && now.isBefore(before.at.plus(DESCRIBED)) && !now.isBefore(before.at)) {
            return before.config;
        }
        ModelConfig config = models.describe(model).config();
        described.put(model, new Described(config, now));
        return config;
    }

    private static DataFile dataFile(StoredFile file) {
        return new DataFile(file.blob().digest(), file.blob().size());
    }

    /** The files that a request names. */
    private record Files(StoredFile training, @Nullable StoredFile validation) {}

    /** Finds them; {@code again} where who asks sees later, in the transaction that needs them, whether they are there. */
    private Files files(TeamName team, Submission submission, boolean again) {
        String validation = submission.validationFile();
        return new Files(
                usable(team, "training_file", submission.trainingFile(), again),
                validation == null ? null : usable(team, "validation_file", validation, again));
    }

    private StoredFile usable(TeamName team, String field, String id, boolean again) {
        StoredFile known = again ? usable.get(team + " " + id) : null;
        if (known != null) {
            return known;
        }
        StoredFile found = looked(team, field, id);
        usable.put(team + " " + found.id(), found);
        return found;
    }

    private StoredFile looked(TeamName team, String field, String id) {
        StoredFile file = (DIGEST.matcher(id).matches()
                        ? files.find(team, new Digest(id), Purpose.FINE_TUNE)
                        : files.find(team, id))
                .orElseThrow(() -> noFile(field, id));
        if (file.purpose() != Purpose.FINE_TUNE) {
            throw Refused.invalid("invalid_file_purpose", field, "File " + id + " has not the purpose 'fine-tune'");
        }
        try {
            if (!trainable.containsKey(file.blob().digest())) {
                look(field, file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The object store does not give file " + id, e);
        }
        return file;
    }

    private void look(String field, StoredFile file) throws IOException {
        if (head(file).lines().examples() == 0) {
            try (InputStream bytes = files.read(file.blob().digest())) {
                refuseUntrainable(field, TrainingFile.check(bytes));
            }
        }
        trainable.put(file.blob().digest(), true);
    }

    /** A look at the whole lines of a file's beginning, which shows in nearly every file that it can be trained on. */
    private FileReport head(StoredFile file) throws IOException {
        byte[] head;
        try (InputStream bytes = files.read(file.blob().digest())) {
            head = bytes.readNBytes(HEAD);
        }
        int end = head.length;
        while (head.length == HEAD && end > 0 && head[end - 1] != '\n') {
            end--;
        }
        return TrainingFile.check(new ByteArrayInputStream(head, 0, end));
    }

    /** A broken line fails the job later, by its number; lines that are good and teach nothing are refused here. */
    private static void refuseUntrainable(String field, FileReport report) {
        if (report.lines().examples() == 0 && !report.isBroken()) {
            Problem problem = report.problem(field).orElseThrow();
            throw Refused.invalid("no_trainable_tokens", field, problem.message());
        }
    }

    private static Refused noFile(String field, String id) {
        return Refused.invalid("file_not_found", field, "File '" + id + "' does not exist");
    }

    private Digest canonical(ObjectNode body) {
        try {
            Object sorted = json.treeToValue(body, Object.class);
            return Digest.of(json.writeValueAsString(sorted).getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A request that was read cannot be written", e);
        }
    }
}
