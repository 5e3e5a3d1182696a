package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.moraine.stack.Part;

/** A worker that is killed with -9 while it trains. */
class KilledWorkerIT {

    private final Stack stack = Stack.shared();

    @Test
    void theJobOfAKilledWorkerGoesOnFromItsCheckpointUnderTheNextAttempt() {
        String file = stack.upload(TrainingText.lines(40));
        String job = stack.submit(file, "survivor", Map.of("steps", 120, "batch_size", 8));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> stack.newestCheckpoint(job) > 0);

        stack.local().kill(Part.WORKER);
        assertThat(stack.job(job).path("status").asText()).isEqualTo("running");
        stack.local().startAgain(Part.WORKER);
        int checkpoint = stack.newestCheckpoint(job);
        JsonNode ended = stack.ended(job);

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(stack.attempt(job)).isEqualTo(2);
        assertThat(stack.messages(job)).contains("Fine-tuning job started again, attempt 2, after step " + checkpoint);
        assertThat(stack.steps(job))
                .containsExactlyElementsOf(IntStream.iterate(120, step -> step - 1)
                        .limit(120)
                        .boxed()
                        .toList());
        assertThat(ended.path("adapter").path("version").asInt()).isEqualTo(1);
        assertThat(stack.registry()
                        .head("/local/survivor/resolve/v2/adapter_config.json")
                        .status())
                .isEqualTo(404);
    }
}
