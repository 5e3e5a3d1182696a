package org.moraine.jobs.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Publication;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.jobs.Job;
import org.moraine.jobs.JobStatus;
import org.moraine.jobs.dispatch.Waiting;

/** A job as OpenAI's clients see it, every required key there; {@code adapter} and {@code waiting} are
 * Moraine's own. */
public record JobObject(
        String id,
        String object,
        long createdAt,
        @Nullable Error error,
        @Nullable String fineTunedModel,
        @Nullable Long finishedAt,
        JsonNode hyperparameters,
        String model,
        String organizationId,
        List<String> resultFiles,
        long seed,
        JobStatus status,
        @Nullable Long trainedTokens,
        String trainingFile,
        @Nullable String validationFile,
        @Nullable Long estimatedFinish,
        @Nullable JsonNode integrations,
        @Nullable JsonNode metadata,
        JsonNode method,
        @Nullable String suffix,
        @Nullable String userProvidedSuffix,
        @Nullable Adapter adapter,
        @Nullable Waiting waiting) {

    /** Why a job failed. */
    public record Error(
            String code, String message, @Nullable String param) {}

    /** The version that a job made. */
    public record Adapter(String name, int version, String commit) {}

    /**
     * A job as it stands.
     *
     * @param waiting why it waits, null where it does not
     */
    public static JobObject of(Job job, @Nullable Waiting waiting) {
        Problem problem = job.ending().problem();
        Publication.Made made = job.ending().made();
        JsonNode echo = echo(job);
        return new JobObject(
                job.id().value(),
                "fine_tuning.job",
                job.asked().at().getEpochSecond(),
                problem == null ? null : new Error(problem.code(), problem.message(), problem.field()),
                made == null ? null : job.fineTunedModel(),
                seconds(job.ending().at()),
                echo.get("hyperparameters"),
                job.model(),
                job.team().value(),
                job.ending().resultFile() == null
                        ? List.of()
                        : List.of(job.ending().resultFile()),
                job.spec().trainingSettings().seed(),
                job.status(),
                job.progress().trainedTokens(),
                job.asked().trainingFile(),
                job.asked().validationFile(),
                seconds(job.progress().estimatedFinish()),
                echo.get("integrations"),
                echo.get("metadata"),
                echo.get("method"),
                job.asked().suffix(),
                job.asked().suffix(),
                made == null ? null : new Adapter(made.adapter().toString(), made.version(), made.commit()),
                waiting);
    }

    /** What the caller asked for, with the value chosen for each {@code auto} once the training has begun. */
    private static JsonNode echo(Job job) {
        ChosenSettings chosen = job.progress().chosen();
        if (chosen == null) {
            return job.asked().echo();
        }
        ObjectNode echo = job.asked().echo().deepCopy();
        for (String place : List.of("/hyperparameters", "/method/supervised/hyperparameters")) {
            if (echo.at(place) instanceof ObjectNode open) {
                choose(open, "n_epochs", IntNode.valueOf(chosen.epochs()));
                choose(open, "batch_size", IntNode.valueOf(chosen.batchSize()));
                choose(open, "learning_rate", DoubleNode.valueOf(chosen.learningRate()));
                choose(
                        open,
                        "learning_rate_multiplier",
                        DoubleNode.valueOf(chosen.learningRate()
                                / TrainingSettings.defaults().learningRate()));
            }
        }
        return echo;
    }

    private static void choose(ObjectNode open, String key, JsonNode value) {
        if (open.path(key).asText().equals("auto")) {
            open.set(key, value);
        }
    }

    /** Reads the id in a path; empty where no job can have it. */
    public static Optional<JobId> id(String text) {
        try {
            return Optional.of(new JobId(text));
        } catch (Refused refused) {
            return Optional.empty();
        }
    }

    private static @Nullable Long seconds(@Nullable Instant moment) {
        return moment == null ? null : moment.getEpochSecond();
    }
}
