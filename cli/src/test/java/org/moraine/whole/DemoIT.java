package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo, as somebody runs it beside a stack that is up. */
class DemoIT {

    private final Stack stack = Stack.shared();

    @Test
    void theAdaptedPebbleAnswersNineOfTenQuestionsExactlyAndTheBaseNone() throws Exception {
        List<JsonNode> lines = Program.run(
                Map.of(),
                "demo",
                "--json",
                "--data",
                stack.local().settings().data().toString());

        assertThat(ofKind(lines, "step")).isNotEmpty().last().satisfies(step -> {
            assertThat(step.path("step").asInt())
                    .isEqualTo(step.path("total_steps").asInt());
            assertThat(step.path("tokens_per_second").asDouble()).isPositive();
        });
        assertThat(ofKind(lines, "published"))
                .singleElement()
                .satisfies(
                        version -> assertThat(version.path("adapter").asText()).isEqualTo("local/marlo-lamp"));
        assertThat(ofKind(lines, "pulled")).hasSize(1);
        assertThat(ofKind(lines, "answer")).hasSize(40);
        JsonNode result = lines.get(lines.size() - 1);
        assertThat(result.path("base").asInt()).isZero();
        assertThat(result.path("adapted").asInt()).isGreaterThanOrEqualTo(36);
    }

    private static List<JsonNode> ofKind(List<JsonNode> lines, String kind) {
        return lines.stream()
                .filter(line -> line.path("kind").asText().equals(kind))
                .toList();
    }
}
