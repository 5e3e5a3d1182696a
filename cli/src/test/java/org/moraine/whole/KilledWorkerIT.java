package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.moraine.stack.Part;

/** A worker that is killed with -9 while it trains. */
class KilledWorkerIT {

    private final Stack stack = Stack.shared();

    @Test
    void theJobOfAKilledWorkerEndsUnderTheNextAttempt() {
        String file = stack.upload(TrainingText.lines(40));
        String job = stack.submit(file, "survivor", Map.of("steps", 120, "batch_size", 8));
        stack.awaitStep(job, 3);

        stack.local().kill(Part.WORKER);
        assertThat(stack.job(job).path("status").asText()).isEqualTo("running");
        stack.local().startAgain(Part.WORKER);
        JsonNode ended = stack.ended(job);

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(stack.attempt(job)).isEqualTo(2);
        assertThat(ended.path("adapter").path("version").asInt()).isEqualTo(1);
        assertThat(stack.registry()
                        .head("/local/survivor/resolve/v2/adapter_config.json")
                        .status())
                .isEqualTo(404);
    }
}
