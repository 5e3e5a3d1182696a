package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.minio.MakeBucketArgs;
import io.minio.MinioAsyncClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.blobs.ModelBuckets;
import org.moraine.blobs.Store;
import org.moraine.contracts.Digest;
import org.moraine.contracts.ModelSource;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelFolder;
import org.moraine.stack.Checkout;
import org.moraine.stack.StoreOfTests;

/** Base models in a real store, found as every program finds them. */
class ModelBucketsTest {

    private static final URI NO_HUB = URI.create("http://127.0.0.1:1");
    private static final Path PEBBLE = Checkout.models().resolve("pebble");

    private static StoreOfTests server;
    private static Store store;

    private final String bucket = "models-" + UUID.randomUUID();
    private final String small = "s3://" + bucket + "/family/small";
    private final Random random = new Random(7);
    private final byte[] weights = bytes(300_000);
    private MinioAsyncClient raw;
    private ModelBuckets all;

    @TempDir
    Path folder;

    @BeforeAll
    static void startServer(@TempDir Path data) {
        server = StoreOfTests.start(data);
        store = new Store(URI.create(server.endpoint()), Store.USUAL_REGION, server.accessKey(), server.secretKey());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void aSmallModel() throws IOException {
        raw = MinioAsyncClient.builder()
                .endpoint(server.endpoint())
                .region(Store.USUAL_REGION)
                .credentials(server.accessKey(), server.secretKey())
                .build();
        all = ModelBuckets.all(store);
        raw.makeBucket(MakeBucketArgs.builder().bucket(bucket).build()).join();
        put("family/small/config.json", Files.readAllBytes(PEBBLE.resolve("config.json")));
        put("family/small/tokenizer.json", text("{}"));
        put("family/small/README.md", text("# Small"));
        put("family/small/onnx/model.onnx", text("never"));
        put("family/small/model.safetensors", weights);
        put("family/small-er/config.json", text("another model's"));
    }

    @AfterEach
    void close() {
        all.close();
        raw.close();
    }

    @Test
    void pebbleComesOutOfTheStoreAsItWentIn() throws IOException {
        List<String> files = List.of("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors");
        for (String file : files) {
            put("pebble/" + file, Files.readAllBytes(PEBBLE.resolve(file)));
        }

        ModelFolder pebble = models().find("s3://" + bucket + "/pebble/");

        assertThat(pebble.name()).isEqualTo("s3://" + bucket + "/pebble");
        assertThat(pebble.config()).isEqualTo(ModelFolder.open(PEBBLE).config());
        for (String file : files) {
            assertThat(pebble.folder().resolve(file)).hasSameBinaryContentAs(PEBBLE.resolve(file));
        }
        Path blob = cache().resolve("blobs").resolve(digest(PEBBLE.resolve("model.safetensors")));
        assertThat(Files.isSameFile(pebble.folder().resolve("model.safetensors"), blob))
                .isTrue();
        assertThat(cache().resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void aDescriptionComesWithoutWeightsAndNothingElseOfTheFolder() throws IOException {
        ModelFolder described = models().describe(small);

        assertThat(names(described.folder())).containsExactlyInAnyOrder("config.json", "tokenizer.json");
        assertThat(names(models().find(small).folder()))
                .containsExactlyInAnyOrder("config.json", "tokenizer.json", "model.safetensors");
    }

    @Test
    void aModelInSeveralFilesComesWithAllOfThem() throws IOException {
        put("shards/config.json", Files.readAllBytes(PEBBLE.resolve("config.json")));
        put("shards/model-00001-of-00002.safetensors", bytes(1000));
        put("shards/model-00002-of-00002.safetensors", bytes(2000));
        put("shards/model.safetensors.index.json", text("""
                        {"weight_map": {"a": "model-00001-of-00002.safetensors",
                                        "b": "model-00002-of-00002.safetensors"}}"""));

        assertThat(names(models().find("s3://" + bucket + "/shards").folder())).hasSize(4);
    }

    @Test
    void whatChangedIsDownloadedAgainAndNothingElse() throws IOException {
        Path before = models().find(small).folder();
        byte[] other = bytes(300_000);
        put("family/small/tokenizer.json", text("{\"other\": 1}"));

        Path tokenizerChanged = models().find(small).folder();
        put("family/small/model.safetensors", other);
        Path weightsChanged = models().find(small).folder();

        assertThat(tokenizerChanged).isNotEqualTo(before);
        assertThat(Files.isSameFile(tokenizerChanged.resolve("model.safetensors"), before.resolve("model.safetensors")))
                .isTrue();
        assertThat(tokenizerChanged.resolve("tokenizer.json")).hasContent("{\"other\": 1}");
        assertThat(weightsChanged.resolve("model.safetensors")).hasBinaryContent(other);
        assertThat(before.resolve("model.safetensors")).hasBinaryContent(weights);
    }

    @Test
    void theSameBytesPutAgainAreTheSameModel() throws IOException {
        Path before = models().find(small).folder();
        put("family/small/model.safetensors", weights);

        assertThat(models().find(small).folder()).isEqualTo(before);
    }

    @Test
    void anObjectThatChangesWhileTheModelIsReadIsNotTaken() throws IOException {
        ModelSource.Revision revision = all.revision(all.read(small).orElseThrow());
        put("family/small/model.safetensors", bytes(300_000));
        put("family/small/tokenizer.json", text("[]"));
        remove("family/small/config.json");

        for (String file : List.of("model.safetensors", "tokenizer.json")) {
            assertThatThrownBy(() -> all.open(revision, file)).hasMessageContaining("changed while it was read");
        }
        assertThatThrownBy(() -> all.open(revision, "config.json")).hasMessageContaining("went away");
    }

    @Test
    void whereTheStoreIsGoneTheCacheAnswersOrTheReasonIsSaid() throws IOException {
        Path before = models().find(small).folder();
        Store here = store;
        Store gone = new Store(NO_HUB, here.region(), here.accessKey(), here.secretKey());

        try (ModelBuckets away = ModelBuckets.all(gone)) {
            assertThat(models(away).find(small).folder()).isEqualTo(before);
            assertThat(models(away).describe(small).folder()).isEqualTo(before);
            assertNotFound(models(away), "s3://" + bucket + "/other", "Connection refused");
        }
    }

    @Test
    void keysThatOpenNothingAreSaidAndNotMetByTheCache() {
        models().find(small);
        Store here = store;
        Store wrong = new Store(here.endpoint(), here.region(), here.accessKey(), "wrong-secret-key");

        try (ModelBuckets denied = ModelBuckets.all(wrong)) {
            assertNotFound(models(denied), small, "MORAINE_S3_ACCESS_KEY");
        }
    }

    @Test
    void whatIsNoModelIsRefusedAndLeavesNothing() throws IOException {
        put("empty-config/readme.txt", text("x"));
        put("no-weights/config.json", Files.readAllBytes(PEBBLE.resolve("config.json")));
        put("no-weights/pytorch_model.bin", text("x"));
        put("strange/config.json", text("{\"model_type\": \"bert\"}"));

        assertNotFound(models(), "s3://" + bucket + "/nothing", "there is nothing under");
        assertNotFound(models(), "s3://" + bucket + "/family", "there is nothing under");
        assertNotFound(models(), "s3://no-such-bucket-" + UUID.randomUUID() + "/small", "no such bucket");
        assertNotFound(models(), "s3://" + bucket + "/empty-config", "no config.json");
        assertNotFound(models(), "s3://" + bucket + "/no-weights", "safetensors");
        assertThatThrownBy(() -> models().describe("s3://" + bucket + "/strange"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("bert");
        assertThat(cache().resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void otherBucketsThanTheAllowedOnesAreRefusedWithoutAsking() {
        models().find(small);

        try (ModelBuckets others = ModelBuckets.only(store, Set.of("moraine-models", "more-models"))) {
            assertNotFound(models(others), small, "moraine-models, more-models (MORAINE_MODEL_BUCKETS)");
        }
        try (ModelBuckets allowed = ModelBuckets.only(store, Set.of(bucket))) {
            assertThat(models(allowed).find(small).hasWeights()).isTrue();
        }
    }

    @Test
    void withoutAStoreTheReasonIsSaid() {
        try (ModelBuckets none = ModelBuckets.all(Store.of(Map.of()).orElse(null))) {
            assertNotFound(models(none), small, "no object store is known here (MORAINE_S3_ENDPOINT");
            assertThat(none.read("owner/name")).isEmpty();
        }
    }

    @Test
    void theEnvironmentSaysWhereTheStoreIs() {
        Store here = store;
        Map<String, String> environment = Map.of(
                "MORAINE_S3_ENDPOINT", here.endpoint().toString(),
                "MORAINE_S3_ACCESS_KEY", here.accessKey(),
                "MORAINE_S3_SECRET_KEY", here.secretKey());

        Optional<Store> told = Store.of(environment);

        assertThat(told).contains(here);
        assertThat(here.toString()).doesNotContain(here.secretKey());
    }

    @Test
    void hostileNamesReachNothing() {
        for (String name : List.of(
                "s3://",
                "s3://" + bucket,
                "s3://" + bucket + "/",
                "s3://" + bucket + "/..",
                "s3://" + bucket + "/family/../family/small",
                "s3://" + bucket + "//family/small",
                "s3://" + bucket + "/family//small",
                "s3://" + bucket + "/family/small//",
                "s3://../family/small",
                "s3://UPPER/family/small",
                "s3://" + bucket + "/family%2Fsmall",
                "s3://" + bucket + "/family/small?x",
                "s3://" + bucket + "/family/small\r\nX: y",
                "s3://user@" + bucket + "/family/small",
                "s3://" + bucket + "/a/b/c/d/e/f/g/h/i",
                "s3://" + bucket + "/" + "a".repeat(129))) {
            assertNotFound(models(), name, "");
        }
    }

    @Test
    void manyAtOnceGetTheSameModel() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Path>> found = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit(() -> models().find(small).folder()))
                    .toList();

            for (Future<Path> one : found) {
                assertThat(one.get().resolve("model.safetensors")).hasBinaryContent(weights);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cache().resolve("tmp")).isEmptyDirectory();
    }

    private static void assertNotFound(BaseModels models, String name, String reason) {
        assertThatThrownBy(() -> models.find(name)).as(name).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.problem().code()).isEqualTo("model_not_found");
            assertThat(refused.problem().field()).isEqualTo("model");
            assertThat(refused.problem().message()).contains(reason);
        });
    }

    private BaseModels models() {
        return models(all);
    }

    private BaseModels models(ModelBuckets buckets) {
        return new BaseModels(List.of(), cache(), NO_HUB, null).and(buckets);
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private void put(String key, byte[] bytes) throws IOException {
        raw.putObject(PutObjectArgs.builder().bucket(bucket).object(key).stream(
                                new ByteArrayInputStream(bytes), (long) bytes.length, -1L)
                        .build())
                .join();
    }

    private void remove(String key) throws IOException {
        raw.removeObject(RemoveObjectArgs.builder().bucket(bucket).object(key).build())
                .join();
    }

    private static String digest(Path file) throws IOException {
        return Digest.of(Files.readAllBytes(file)).hex();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
