package org.moraine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.engine.tokenizer.Folders;

class BaseModelsTest {

    private static final byte[] WEIGHTS = bytes(300_000);

    @TempDir
    Path folder;

    private SmallHub hub;

    @BeforeEach
    void start() throws IOException {
        hub = new SmallHub()
                .with(".gitattributes", "*.safetensors filter=lfs")
                .with("README.md", "# Small")
                .with("config.json", Files.readString(Folders.pebble().resolve("config.json")))
                .with("generation_config.json", "{}")
                .with("tokenizer.json", "{}")
                .with("tokenizer_config.json", "{}")
                .with("chat_template.jinja", "hello")
                .with("pytorch_model.bin", "never")
                .with("onnx/model.onnx", "never")
                .with("model.safetensors", WEIGHTS);
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void theShippedModelIsKnownByItsName() {
        assertThat(models().find("pebble").folder()).isEqualTo(Folders.pebble());
        assertThat(models().withoutPaths().describe("pebble").name()).isEqualTo("pebble");
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void aFolderIsKnownByItsPathUnlessPathsAreNotAllowed() {
        String path = Folders.pebble().toString();

        assertThat(models().find(path).name()).isEqualTo(path);
        assertNotFound(models().withoutPaths(), path);
    }

    @Test
    void aNamedModelIsDownloadedIntoTheCacheByDigest() throws IOException {
        ModelFolder model = models().find("owner/small");

        assertThat(model.name()).isEqualTo("owner/small");
        assertThat(names(model.folder()))
                .containsExactlyInAnyOrder(
                        "config.json",
                        "generation_config.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "chat_template.jinja",
                        "model.safetensors");
        Path blob = cache().resolve("blobs").resolve(Digest.of(WEIGHTS).hex());
        assertThat(blob).hasBinaryContent(WEIGHTS);
        assertThat(Files.isSameFile(model.folder().resolve("model.safetensors"), blob))
                .isTrue();
        assertThat(cache().resolve("tmp")).isEmptyDirectory();
        assertThat(hub.asked("pytorch_model.bin") + hub.asked("README.md")).isZero();
    }

    @Test
    void aDescriptionComesWithoutWeights() throws IOException {
        ModelFolder model = models().describe("owner/small@v1");

        assertThat(model.hasWeights()).isFalse();
        assertThat(names(model.folder())).contains("config.json", "tokenizer.json", "chat_template.jinja");
        assertThat(hub.asked("model.safetensors")).isZero();
        assertThat(models().find("owner/small@v1").hasWeights()).isTrue();
    }

    @Test
    void aModelInSeveralFilesIsWholeOnlyWhenAllAreThere() throws IOException {
        hub.with("model-00001-of-00002.safetensors", bytes(1000))
                .with("model-00002-of-00002.safetensors", bytes(2000))
                .with("model.safetensors.index.json", """
                        {"weight_map": {"a": "model-00001-of-00002.safetensors",
                                        "b": "model-00002-of-00002.safetensors",
                                        "c": "model-00001-of-00002.safetensors"}}""");

        assertThat(models().describe("owner/small").hasWeights()).isFalse();
        ModelFolder model = models().find("owner/small");

        assertThat(names(model.folder()))
                .contains(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json")
                .doesNotContain("model.safetensors");
    }

    @Test
    void anIndexThatNamesOtherFilesIsRefused() {
        hub.with("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../../../etc/passwd\"}}");

        assertNotFound(models(), "owner/small");
    }

    @Test
    void whatIsInTheCacheIsNotDownloadedAgain() {
        models().find("owner/small");
        hub.requests.clear();

        models().find("owner/small");
        models().find("owner/small@refs/pr/1");

        assertThat(hub.requests)
                .containsExactly(
                        "GET /api/models/owner/small/revision/main",
                        "GET /api/models/owner/small/revision/refs%2Fpr%2F1");
    }

    @Test
    void aCommitInTheCacheIsNotAskedForAtAll() {
        String name = "owner/small@" + SmallHub.COMMIT;
        models().find(name);
        hub.requests.clear();

        models().find(name);

        assertThat(hub.requests).isEmpty();
    }

    @Test
    void whereTheEndpointIsGoneTheCacheAnswers() {
        Path before = models().find("owner/small").folder();
        hub.close();

        assertThat(models().find("owner/small").folder()).isEqualTo(before);
        assertThatThrownBy(() -> models().find("owner/small@v1"))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("did not give it");
    }

    @Test
    void theTokenGoesToTheEndpointAndNowhereElse() {
        hub.token = "secret";

        assertNotFound(models(), "owner/small");
        new BaseModels(List.of(), cache(), hub.endpoint(), "secret").find("owner/small");

        assertThat(hub.requests.stream().filter(request -> request.startsWith("store")))
                .containsExactly("store GET /model.safetensors");
        assertThat(hub.requests.stream().filter(request -> request.endsWith(" token")))
                .isNotEmpty();
    }

    @Test
    void aDownloadThatBreaksLeavesNothingThatLooksWhole() throws IOException {
        hub.breaksAfter = 100_000;

        assertThatThrownBy(() -> models().find("owner/small"))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("100000 of 300000 bytes");

        assertThat(cache().resolve("tmp")).isEmptyDirectory();
        assertThat(models().describe("owner/small").hasWeights()).isFalse();
        hub.breaksAfter = -1;
        assertThat(models().find("owner/small").folder().resolve("model.safetensors"))
                .hasBinaryContent(WEIGHTS);
    }

    @Test
    void bytesOfAnotherDigestAreNotKept() {
        hub.corrupts = true;

        assertThatThrownBy(() -> models().find("owner/small"))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("has the digest")
                .hasMessageContaining(Digest.of(WEIGHTS).hex());

        assertThat(cache().resolve("blobs").resolve(Digest.of(WEIGHTS).hex())).doesNotExist();
    }

    @Test
    void anEndpointWithoutDigestsIsTakenAtItsWord() {
        hub.withoutDigests = true;

        assertThat(models().find("owner/small").folder().resolve("model.safetensors"))
                .hasBinaryContent(WEIGHTS);
    }

    @Test
    void redirectsThatLeadAstrayAreNotFollowed() {
        for (String to : List.of(
                "file:///etc/passwd",
                "ftp://127.0.0.1/x",
                "no address at all",
                hub.endpoint() + "owner/small/resolve/" + SmallHub.COMMIT + "/model.safetensors")) {
            hub.redirect = to;

            assertThatThrownBy(() -> models().find("owner/small")).as(to).isInstanceOf(Refused.class);
        }
    }

    @Test
    void whatAKilledProcessLeftIsSweptAwayAfterADay() throws IOException {
        Path tmp = Files.createDirectories(cache().resolve("tmp"));
        Path old = Files.writeString(tmp.resolve("old.part"), "x");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        Path running = Files.writeString(tmp.resolve("running.part"), "x");

        models().find("owner/small");

        assertThat(old).doesNotExist();
        assertThat(running).exists();
    }

    @Test
    void manyAtOnceGetTheSameModel() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Path>> found = IntStream.range(0, 8)
                    .mapToObj(i ->
                            threads.submit(() -> models().find("owner/small").folder()))
                    .toList();

            for (Future<Path> one : found) {
                assertThat(one.get().resolve("model.safetensors")).hasBinaryContent(WEIGHTS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(cache().resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void hostileNamesReachNothing() throws IOException {
        Files.createDirectories(folder.resolve("outside"));
        Files.copy(Folders.pebble().resolve("config.json"), folder.resolve("outside/config.json"));
        BaseModels models = new BaseModels(
                        List.of(Files.createDirectories(folder.resolve("shipped"))), cache(), hub.endpoint(), null)
                .withoutPaths();

        for (String name : List.of(
                "",
                ".",
                "..",
                "../outside",
                "./../outside",
                "/etc",
                "owner/..",
                "../small",
                "owner/small/..",
                "owner/small@../main",
                "owner/small@..",
                "owner//small",
                "owner/small?x=1",
                "owner/small#x",
                "owner/%2e%2e",
                "owner/small@main\r\nX: y",
                "owner\\small",
                "C:\\models",
                "pebble\0",
                "a".repeat(5000))) {
            assertNotFound(models, name);
        }
        assertThat(hub.requests).isEmpty();
    }

    @Test
    void aModelWithoutUsableFilesIsRefused() throws IOException {
        try (SmallHub empty = new SmallHub().with("README.md", "# Nothing")) {
            assertThatThrownBy(() -> new BaseModels(List.of(), cache(), empty.endpoint(), null).find("owner/small"))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("no config.json");
            empty.with("config.json", "{}").with("pytorch_model.bin", "x");
            assertThatThrownBy(() -> new BaseModels(List.of(), cache(), empty.endpoint(), null).find("owner/small"))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("safetensors");
        }
    }

    @Test
    void aConfigurationThatDoesNotFitIsNamed() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("config.json"), "{\"model_type\": \"bert\"}");

        assertThatThrownBy(() -> models().find(other.toString()))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("bert");
    }

    @Test
    void theEnvironmentSaysWhereModelsAre() {
        BaseModels models = BaseModels.of(
                Map.of(
                        "MORAINE_MODELS",
                                folder
                                        + java.io.File.pathSeparator
                                        + Folders.pebble().getParent(),
                        "MORAINE_MODEL_CACHE", cache().toString(),
                        "HF_ENDPOINT", hub.endpoint().toString()),
                () -> Path.of("nowhere"));

        assertThat(models.find("pebble").name()).isEqualTo("pebble");
        assertThat(models.find("owner/small").folder()).startsWith(cache());
    }

    private static void assertNotFound(BaseModels models, String name) {
        assertThatThrownBy(() -> models.find(name)).as(name).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.problem().code()).isEqualTo("model_not_found");
            assertThat(refused.problem().field()).isEqualTo("model");
        });
    }

    private BaseModels models() {
        return new BaseModels(List.of(Folders.pebble().getParent()), cache(), hub.endpoint(), null);
    }

    private Path cache() {
        return folder.resolve("cache");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
