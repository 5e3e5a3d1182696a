package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.stack.Checkout;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.StackSettings;

/**
 * A closed network: the one endpoint that job-api and worker know for base models is their own registry, which has some
 * itself and fetches others from another Hub, here the registry of the stack that all tests share.
 */
class RegistryModelIT {

    private static final String KEY = "hf_key-of-the-closed-network";

    private final Stack outside = Stack.shared();

    @TempDir
    Path cache;

    @Test
    void jobsTrainOnBaseModelsThatTheRegistryFetchesAndOnThoseThatItHas() throws Exception {
        byte[] theirs = Files.readAllBytes(Checkout.models().resolve("pebble/model.safetensors"));
        byte[] ours = theirs.clone();
        ours[ours.length - 4] ^= 1; // a weight's lowest bit, so that neither is taken for the other
        Wire upstream = outside.registry().as(outside.keyOf("upstream"));
        uploadPebble(upstream, "upstream/pebble", theirs);
        Path data = Stack.newFolder("closed");
        Files.createDirectories(data.resolve("secrets"));
        Files.writeString(data.resolve("secrets/api-key"), KEY);
        Map<Part, Integer> ports = Relays.freePorts();
        Map<String, String> environment = Map.of(
                "HF_ENDPOINT", "http://127.0.0.1:" + ports.get(Part.REGISTRY),
                "HF_TOKEN", KEY,
                "MORAINE_MODEL_CACHE", cache.toString(),
                "MORAINE_MIRROR_ENDPOINT", outside.local().registryUrl(),
                "MORAINE_MIRROR_TOKEN", upstream.key());
        StackSettings settings = new StackSettings(data, ports, environment);
        try (LocalStack closed = LocalStack.start(settings, new LocalStack.Listener() {})) {
            Stack inside = Stack.of(closed);
            uploadPebble(inside.registry(), "local/pebble-of-ours", ours);

            JsonNode onFetched = trained(inside, "upstream/pebble", "on-fetched");
            JsonNode onStored = trained(inside, "local/pebble-of-ours", "on-stored");

            assertThat(List.of(onFetched, onStored))
                    .allSatisfy(ended -> assertThat(ended.path("status").asText())
                            .as(ended.toString())
                            .isEqualTo("succeeded"));
            assertThat(baseModel(inside, "local/on-fetched")).isEqualTo("upstream/pebble");
            assertThat(baseModel(inside, "local/on-stored")).isEqualTo("local/pebble-of-ours");
            assertThat(commit(inside.registry(), "upstream/pebble"))
                    .as("the commit that it has outside")
                    .isEqualTo(commit(upstream, "upstream/pebble"));
            assertThat(inTheWorkersCache(inside.registry(), "upstream/pebble")).hasBinaryContent(theirs);
            assertThat(inTheWorkersCache(inside.registry(), "local/pebble-of-ours"))
                    .hasBinaryContent(ours);
        }
    }

    private static JsonNode trained(Stack stack, String model, String suffix) {
        String file = stack.upload(TrainingText.lines(4));
        return stack.ended(stack.submit(model, file, suffix, Map.of("steps", 2)));
    }

    private static String baseModel(Stack stack, String adapter) {
        return stack.registry()
                .get("/api/v1/adapters/" + adapter + "/versions/1")
                .json()
                .path("base_model")
                .asText();
    }

    private static String commit(Wire registry, String model) {
        return registry.get("/api/models/" + model).json().path("sha").asText();
    }

    private Path inTheWorkersCache(Wire registry, String model) {
        return cache.resolve("models")
                .resolve(model.replace("/", "%2F"))
                .resolve(commit(registry, model))
                .resolve("model.safetensors");
    }

    /** As `hf upload` does. */
    private static void uploadPebble(Wire registry, String name, byte[] weights) throws IOException {
        String[] parts = name.split("/");
        assertThat(registry.post("/api/repos/create", Map.of("organization", parts[0], "name", parts[1]))
                        .status())
                .isIn(200, 409);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        lines.writeBytes("{\"key\":\"header\",\"value\":{\"summary\":\"Pebble\"}}\n".getBytes(StandardCharsets.UTF_8));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            Path path = Checkout.models().resolve("pebble").resolve(file);
            lines.writeBytes(line(file, Files.readAllBytes(path)));
        }
        lines.writeBytes(line("model.safetensors", weights));
        Wire.Answer committed =
                registry.post("/api/models/" + name + "/commit/main", "application/x-ndjson", lines.toByteArray());
        assertThat(committed.status()).as(committed.text()).isEqualTo(200);
    }

    private static byte[] line(String path, byte[] content) {
        return ("{\"key\":\"file\",\"value\":{\"content\":\""
                        + Base64.getEncoder().encodeToString(content) + "\",\"path\":\"" + path
                        + "\",\"encoding\":\"base64\"}}\n")
                .getBytes(StandardCharsets.UTF_8);
    }
}
