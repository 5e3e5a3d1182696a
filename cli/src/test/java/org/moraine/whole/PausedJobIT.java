package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Manifest;

/** A job that its team pauses in mid-training and resumes. */
class PausedJobIT {

    /** Beside the step that runs, which is always finished. */
    private static final Duration AT_MOST = Duration.ofSeconds(2);

    private final Stack stack = Stack.shared();

    @TempDir
    Path folder;

    @Test
    void aPausedAndResumedJobPublishesTheFilesOfOneThatWasNeverPaused() throws Exception {
        String file = stack.upload(TrainingText.lines(40));
        Map<String, Object> settings = Map.of("steps", 60, "batch_size", 8, "dropout", 0.1);
        String never = stack.submit(file, "paused", settings);
        assertThat(stack.ended(never).path("status").asText()).isEqualTo("succeeded");

        String job = stack.submit(file, "paused", settings);
        stack.awaitStep(job, 5);
        Instant told = Instant.now();
        stack.tell(job, "pause");
        stack.awaitStatus(job, "paused");
        Duration took = Duration.between(told, Instant.now());
        int checkpoint = stack.newestCheckpoint(job);
        assertThat(checkpoint).isEqualTo(stack.steps(job).get(0)).isBetween(5, 59);
        assertThat(stack.tell(job, "resume").path("status").asText()).isEqualTo("queued");
        JsonNode ended = stack.ended(job);

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(ended.path("adapter").path("version").asInt()).isEqualTo(2);
        assertThat(took).isLessThan(AT_MOST);
        assertThat(stack.messages(job)).contains("Fine-tuning job started again, attempt 2, after step " + checkpoint);
        assertThat(stack.steps(job))
                .containsExactlyElementsOf(IntStream.iterate(60, step -> step - 1)
                        .limit(60)
                        .boxed()
                        .toList());
        assertThat(files("v2")).isEqualTo(files("v1")).hasSizeGreaterThan(4);
    }

    /** All but those that name the job or hold seconds. */
    private List<Manifest.File> files(String version) throws Exception {
        return stack.pull("local/paused", version, folder.resolve(version)).files().stream()
                .filter(file -> !file.path().equals("README.md") && !file.path().equals("training.json"))
                .toList();
    }
}
