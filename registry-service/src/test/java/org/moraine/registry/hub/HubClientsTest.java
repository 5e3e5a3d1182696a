package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.moraine.contracts.AdapterName;
import org.moraine.registry.RegistryTest;

/**
 * Pulls and publishes with the clients that people have. Runs where {@code MORAINE_INTEROP_PYTHON} names a Python with
 * huggingface_hub, peft and transformers, or {@code MORAINE_INTEROP_NODE} a folder with npm's {@code @huggingface/hub}.
 */
@QuarkusTest
class HubClientsTest extends RegistryTest {

    private static final Path PROGRAMS = Path.of("src/interop").toAbsolutePath();

    @Test
    @EnabledIfEnvironmentVariable(named = "MORAINE_INTEROP_PYTHON", matches = ".+")
    void thePythonClientsPullUnchanged() throws Exception {
        run(Path.of(""), Map.of(), System.getenv("MORAINE_INTEROP_PYTHON"), PROGRAMS.resolve("pull.py") + "");
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "MORAINE_INTEROP_PYTHON", matches = ".+")
    void thePythonClientsPublishUnchanged() throws Exception {
        run(Path.of(""), Map.of(), System.getenv("MORAINE_INTEROP_PYTHON"), PROGRAMS.resolve("push.py") + "");
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "MORAINE_INTEROP_NODE", matches = ".+")
    void theJavaScriptClientPublishesUnchanged() throws Exception {
        runOnNode("push.mjs", Map.of());
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "MORAINE_INTEROP_NODE", matches = ".+")
    void theJavaScriptClientPullsUnchanged() throws Exception {
        AdapterName adapter = anAdapter();
        published(adapter, aJob(), Map.of("a.json", text("{}"), "mora/big.bin", bytes(3_000_000)));
        runOnNode("pull.mjs", Map.of("MORAINE_ADAPTER", adapter.toString()));
    }

    private void runOnNode(String program, Map<String, String> more) throws Exception {
        Path folder = Path.of(System.getenv("MORAINE_INTEROP_NODE"));
        Path copy = Files.copy(
                PROGRAMS.resolve(program), // node looks for packages beside the program
                Files.createTempFile(folder, "program", ".mjs"),
                StandardCopyOption.REPLACE_EXISTING);
        try {
            run(folder, more, "node", copy.toString());
        } finally {
            Files.delete(copy);
        }
    }

    private void run(Path folder, Map<String, String> more, String... command)
            throws IOException, InterruptedException {
        ProcessBuilder client = new ProcessBuilder(command)
                .directory(folder.toAbsolutePath().toFile())
                .redirectErrorStream(true);
        client.environment().put("MORAINE_REGISTRY_URL", root.toString());
        client.environment().put("MORAINE_TEAM", "acme");
        client.environment().put("MORAINE_API_KEY", ACME);
        client.environment().put("MORAINE_WORKER_KEY", WORKER);
        client.environment().putAll(more);
        Process process = client.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        System.out.println(output);
    }
}
