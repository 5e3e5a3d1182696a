package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.RunningStack;
import org.moraine.stack.StackSettings;

/** A stack whose owner is killed with -9. */
class KilledStackIT {

    private final Path data = Stack.newFolder("killed");

    @Test
    void nothingLivesOnAndTheNextStartFindsEverythingAsItWas() throws Exception {
        Process up = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.moraine.cli.Main",
                        "up",
                        "--free-ports",
                        "--data",
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String key = keyWhenReady(up);
        RunningStack running = RunningStack.in(data).orElseThrow();
        assertThat(new Wire(running.jobsUrl(), key)
                        .upload("kept.jsonl", TrainingText.lines(1))
                        .status())
                .isEqualTo(200);
        List<ProcessHandle> parts = up.descendants().toList();
        assertThat(parts).hasSizeGreaterThanOrEqualTo(Part.values().length);

        up.destroyForcibly().waitFor();

        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> parts.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(RunningStack.in(data)).isEmpty();
        try (LocalStack again =
                LocalStack.start(new StackSettings(data, running.ports(), Map.of()), new LocalStack.Listener() {})) {
            assertThat(again.apiKey()).isEqualTo(key);
            assertThat(new Wire(again.jobsUrl(), key).get("/v1/files").json().path("data"))
                    .hasSize(1);
        }
    }

    private static String keyWhenReady(Process up) throws IOException {
        BufferedReader printed = new BufferedReader(new InputStreamReader(up.getInputStream(), StandardCharsets.UTF_8));
        for (String line = printed.readLine(); line != null; line = printed.readLine()) {
            if (line.startsWith("MORAINE_API_KEY=")) return line.substring("MORAINE_API_KEY=".length());
        }
        throw new IllegalStateException("The stack did not start");
    }
}
