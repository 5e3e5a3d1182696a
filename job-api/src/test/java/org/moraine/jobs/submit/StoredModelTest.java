package org.moraine.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.minio.BucketExistsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioAsyncClient;
import io.minio.UploadObjectArgs;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.moraine.blobs.Store;
import org.moraine.jobs.Client;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;

/** Base models in object storage. */
@QuarkusTest
@WithTestResource(RealParts.class)
class StoredModelTest {

    private static final String JOBS = "/v1/fine_tuning/jobs";
    private static final Path PEBBLE = Path.of(System.getProperty("moraine.models"), "pebble");

    @Inject
    Stage stage;

    @Inject
    Store store;

    private Client team;
    private String file;

    @BeforeEach
    void pebbleInTheStore() throws Exception {
        stage.clear();
        team = stage.team("acme");
        file = team.upload(Stage.GOOD_FILE);
        try (MinioAsyncClient raw = MinioAsyncClient.builder()
                .endpoint(store.endpoint().toString())
                .region(store.region())
                .credentials(store.accessKey(), store.secretKey())
                .build()) {
            put(raw, "moraine-models", "pebble", List.of("config.json", "tokenizer.json", "tokenizer_config.json"));
            put(raw, "moraine-models", "unfinished", List.of("tokenizer.json"));
            put(raw, "moraine-jobs", "pebble", List.of("config.json", "tokenizer.json"));
        }
    }

    @Test
    void aModelInAnAllowedBucketIsTakenByItsDescriptionAlone() {
        JsonNode job = submit("s3://moraine-models/pebble").ok();

        assertThat(job.get("model").asText()).isEqualTo("s3://moraine-models/pebble");
        stage.awaitStatus(team, job.get("id").asText(), "queued");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    s3://moraine-models/nothing                | there is nothing under s3://moraine-models/nothing
                    s3://moraine-models/unfinished             | no config.json
                    s3://moraine-jobs/pebble                   | base models are read from moraine-models
                    s3://moraine-models/../moraine-jobs/pebble | has to be s3://bucket/prefix
                    """)
    void whatIsNoModelOrMayNotBeNamedIsRefusedByItsField(String model, String reason) {
        Client.Answer answer = submit(model);

        assertThat(answer.status()).isEqualTo(400);
        JsonNode error = answer.json().path("error");
        assertThat(error.path("param").asText()).isEqualTo("model");
        assertThat(error.path("code").asText()).isEqualTo("model_not_found");
        assertThat(error.path("message").asText()).contains(reason);
    }

    private Client.Answer submit(String model) {
        return team.post(JOBS, Stage.request(file, Map.of("model", model)));
    }

    private static void put(MinioAsyncClient raw, String bucket, String prefix, List<String> files) throws Exception {
        if (!raw.bucketExists(BucketExistsArgs.builder().bucket(bucket).build()).get()) {
            raw.makeBucket(MakeBucketArgs.builder().bucket(bucket).build()).get();
        }
        for (String file : files) {
            raw.uploadObject(UploadObjectArgs.builder()
                            .bucket(bucket)
                            .object(prefix + "/" + file)
                            .filename(PEBBLE.resolve(file).toString())
                            .build())
                    .get();
        }
    }
}
