package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demo, as somebody runs it beside a stack that is up. */
class DemoIT {

    private final Stack stack = Stack.shared();

    @Test
    void theAdaptedPebbleAnswersNineOfTenQuestionsExactlyAndTheBaseNone() throws Exception {
        List<JsonNode> lines =
                run("demo", "--json", "--data", stack.local().settings().data().toString());

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

    private static List<JsonNode> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                "org.moraine.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE"); // as the script does
        Process demo = builder.start();
        String printed = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(demo.waitFor()).as(printed).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : printed.lines().toList()) lines.add(new JsonMapper().readTree(line));
        return lines;
    }
}
