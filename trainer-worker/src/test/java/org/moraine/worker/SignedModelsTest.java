package org.moraine.worker;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.SigningKey;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.ModelFolder;
import org.moraine.stack.SigningKeyFiles;
import org.moraine.worker.prepare.HubConfig;
import org.moraine.worker.prepare.SignedModels;
import org.moraine.worker.prepare.TrustedConfig;

/** A base model in the worker's cache, and a registry that has signatures. */
class SignedModelsTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final Map<String, byte[]> signatures = new ConcurrentHashMap<>();

    @TempDir
    Path folder;

    private HttpServer registry;
    private Path model;

    @BeforeEach
    void aModelInTheCache() throws IOException {
        model = folder.resolve("models/acme--whole").resolve(COMMIT);
        SmallModel.write(model);
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            byte[] bundle = signatures.get(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(bundle == null ? 404 : 200, bundle == null ? -1 : bundle.length);
            try (exchange) {
                if (bundle != null) {
                    exchange.getResponseBody().write(bundle);
                }
            }
        });
        registry.start();
    }

    @AfterEach
    void stop() {
        registry.stop(0);
    }

    @Test
    void aModelAsItWasSignedIsTakenAndOneThatWasChangedOnDiskIsNot() throws IOException {
        sign("ours");
        SignedModels signed = trusting("ours");

        assertThatCode(() -> signed.require(found("acme/whole"))).doesNotThrowAnyException();

        Files.writeString(model.resolve("tokenizer_config.json"), "{}");
        assertThatThrownBy(() -> signed.require(found("acme/whole")))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("1 file is not as acme/whole@v1 was signed: tokenizer_config.json");
    }

    @Test
    void oneThatAnotherKeySignedOrNoneIsRefused() throws IOException {
        sign("theirs");

        assertThatThrownBy(() -> trusting("ours").require(found("acme/whole")))
                .hasMessageContaining("none of the trusted");
        assertThatThrownBy(() -> trusting("ours").require(found("acme/other"))).hasMessageContaining("is not signed");
    }

    @Test
    void anotherModelsSoundBytesAndSignatureAreNotTakenForThisOne() throws IOException {
        sign("ours");
        signatures.put(
                "/api/v1/adapters/acme/safe/commits/" + COMMIT + "/signature",
                signatures.get("/api/v1/adapters/acme/whole/commits/" + COMMIT + "/signature"));

        assertThatThrownBy(() -> trusting("ours").require(found("acme/safe")))
                .hasMessageContaining("signed as acme/whole@v1");
    }

    @Test
    void aVersionThatIsTrainedFurtherIsHeldAgainstItsSignatureToo() throws IOException {
        sign("ours");
        signatures.put(
                "/api/v1/adapters/acme/whole/versions/3/signature",
                signatures.get("/api/v1/adapters/acme/whole/commits/" + COMMIT + "/signature"));
        EarlierAdapter third = new EarlierAdapter("ft:m:acme::12345678", AdapterName.of("acme/whole"), 3, COMMIT);
        EarlierAdapter fourth = new EarlierAdapter(third.model(), third.adapter(), 4, COMMIT);
        SortedMap<String, Digest> files = new TreeMap<>(WholeFile.digests(model, "config.json"::equals));
        SignedModels signed = trusting("ours");

        assertThatCode(() -> signed.require(third, files)).doesNotThrowAnyException();
        assertThatThrownBy(() -> signed.require(fourth, files)).hasMessageContaining("acme/whole@v4 is not signed");
        files.replaceAll((path, digest) -> Digest.of(new byte[1]));
        assertThatThrownBy(() -> signed.require(third, files))
                .hasMessageContaining("1 file is not as acme/whole@v1 was signed: config.json");
        assertThatCode(() -> models(Map.of()).require(fourth, files)).doesNotThrowAnyException();
    }

    @Test
    void whereNoKeyIsTrustedAndForOtherPlacesNobodyIsAsked() throws IOException {
        assertThatCode(() -> models(Map.of()).require(found("acme/whole"))).doesNotThrowAnyException();
        assertThatCode(() -> trusting("ours").require(found("s3://bucket/whole")))
                .doesNotThrowAnyException();
    }

    private ModelFolder found(String name) {
        return ModelFolder.open(name, model);
    }

    private void sign(String key) throws IOException {
        List<Manifest.File> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(model)) {
            for (Path file : all.toList()) {
                files.add(new Manifest.File(file.getFileName().toString(), Files.size(file), WholeFile.digest(file)));
            }
        }
        files.add(new Manifest.File("README.md", 3, WholeFile.digest(model.resolve("config.json"))));
        SigningKeyFiles pair = SigningKeyFiles.in(folder.resolve(key));
        String bundle =
                SignedModel.sign("acme/whole@v1", new Manifest(files), SigningKey.read(pair.secret(), pair.open()));
        signatures.put(
                "/api/v1/adapters/acme/whole/commits/" + COMMIT + "/signature",
                bundle.getBytes(StandardCharsets.UTF_8));
    }

    private SignedModels trusting(String key) throws IOException {
        return models(Map.of(
                "moraine.trusted.keys",
                SigningKeyFiles.in(folder.resolve(key)).open().toString()));
    }

    private SignedModels models(Map<String, String> settings) throws IOException {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withConverter(MemorySize.class, 100, new MemorySizeConverter())
                .withMapping(WorkerConfig.class)
                .withMapping(HubConfig.class)
                .withMapping(RegistryConfig.class)
                .withMapping(TrustedConfig.class)
                .withDefaultValues(settings)
                .withDefaultValue(
                        "hf.endpoint",
                        "http://127.0.0.1:" + registry.getAddress().getPort())
                .withDefaultValue(
                        "moraine.registry.url",
                        "http://127.0.0.1:" + registry.getAddress().getPort())
                .withDefaultValue("moraine.worker.key", OtherServices.KEY)
                .withDefaultValue("moraine.worker.patience", "PT1S")
                .withValidateUnknown(false)
                .build();
        WorkerConfig worker = config.getConfigMapping(WorkerConfig.class);
        ObjectMapper json = new ObjectMapper();
        return new SignedModels(
                worker,
                config.getConfigMapping(HubConfig.class),
                config.getConfigMapping(TrustedConfig.class),
                new RegistryClient(worker, config.getConfigMapping(RegistryConfig.class), json),
                json);
    }
}
