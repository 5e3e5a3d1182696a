package org.moraine.whole;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.minio.MakeBucketArgs;
import io.minio.MinioAsyncClient;
import io.minio.UploadObjectArgs;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.blobs.Store;
import org.moraine.stack.Checkout;

/** A base model in the stack's object store, through all services and the command line. */
class StoredModelIT {

    private static final String MODEL = "s3://moraine-models/family/pebble";

    private final Stack stack = Stack.shared();

    @TempDir
    Path folder;

    @BeforeEach
    void pebbleInTheStore() throws Exception {
        Store store = Store.of(stack.local().storeEnvironment()).orElseThrow();
        try (MinioAsyncClient raw = MinioAsyncClient.builder()
                .endpoint(store.endpoint().toString())
                .region(store.region())
                .credentials(store.accessKey(), store.secretKey())
                .build()) {
            raw.makeBucket(MakeBucketArgs.builder().bucket("moraine-models").build())
                    .get();
            for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")) {
                raw.uploadObject(UploadObjectArgs.builder()
                                .bucket("moraine-models")
                                .object("family/pebble/" + file)
                                .filename(Checkout.models()
                                        .resolve("pebble")
                                        .resolve(file)
                                        .toString())
                                .build())
                        .get();
            }
        }
    }

    @Test
    void aJobOnItPublishesAnAdapterThatGenerateTakesWithTheSameBase() throws Exception {
        String file = stack.upload(TrainingText.lines(4));

        JsonNode ended = stack.ended(stack.submit(MODEL, file, "stored", Map.of("steps", 2)));

        assertThat(ended.path("status").asText()).as(ended.toString()).isEqualTo("succeeded");
        assertThat(ended.path("model").asText()).isEqualTo(MODEL);
        stack.pull("local/stored", "v1", folder);
        assertThat(folder.resolve("adapter_config.json")).content().contains(MODEL);
        Map<String, String> environment = new HashMap<>(stack.local().storeEnvironment());
        environment.put("MORAINE_MODEL_CACHE", folder.resolve("cache").toString());
        List<JsonNode> answered = Program.run(
                environment,
                "generate",
                "--json",
                "--base",
                MODEL,
                "--adapter",
                folder.toString(),
                "--prompt",
                "What is in box 3?");
        assertThat(answered).isNotEmpty();
    }
}
