package org.moraine.registry.signature;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.registry.RegistryTest;

/** The public tool is tried where {@code MORAINE_INTEROP_MODEL_SIGNING} names PyPI's {@code model_signing}. */
@QuarkusTest
class SignaturesTest extends RegistryTest {

    private final AdapterName adapter = anAdapter();
    private final String signature = "/api/v1/adapters/" + adapter + "/versions/1/signature";
    private final Map<String, byte[]> files =
            Map.of("a.json", text("{}"), "mora/w.bin", bytes(2_000_000), "z", bytes(5));

    @BeforeEach
    void publishAVersion() {
        published(adapter, aJob(), files);
    }

    @Test
    void aVersionIsSignedWithTheKeyThatTheRegistryShows() throws Exception {
        JsonNode bundle = json(get(signature, ACME));
        byte[] payload = bundle.at("/dsseEnvelope/payload").binaryValue();
        byte[] signed =
                ("DSSEv1 28 application/vnd.in-toto+json " + payload.length + " ").getBytes(StandardCharsets.UTF_8);

        Signature check = Signature.getInstance("SHA256withECDSA");
        check.initVerify(publicKey());
        check.update(signed);
        check.update(payload);

        assertThat(check.verify(bundle.at("/dsseEnvelope/signatures/0/sig").binaryValue()))
                .isTrue();
        JsonNode statement = json.readTree(payload);
        assertThat(statement.at("/subject/0/name").asText()).isEqualTo(adapter + "@v1");
        assertThat(statement.at("/predicate/resources"))
                .extracting(file ->
                        file.get("name").asText() + " " + file.get("digest").asText())
                .containsExactly(
                        "a.json " + Digest.of(text("{}")),
                        "mora/w.bin " + Digest.of(content("mora/w.bin")),
                        "z " + Digest.of(content("z")));
    }

    @Test
    void whatATeamUploadsIsSignedToo() {
        String line = "{\"key\":\"file\",\"value\":{\"path\":\"more\",\"content\":\"YQ==\",\"encoding\":\"base64\"}}";
        send("POST", "/api/models/" + adapter + "/commit/main", ACME, text(line));

        assertThat(get(signature.replace("/1/", "/2/"), ACME).statusCode()).isEqualTo(200);
    }

    @Test
    void aSignatureIsForThoseWhoSeeTheVersion() {
        assertThat(get(signature, UMBRELLA).statusCode()).isEqualTo(404);
        assertThat(get(signature.replace("/1/", "/9/"), ACME).statusCode()).isEqualTo(404);
        assertThat(get(ofCommit(), UMBRELLA).statusCode()).isEqualTo(404);
    }

    @Test
    void whoPulledByARevisionGetsTheSignatureOfItsCommit() {
        assertThat(get(ofCommit(), ACME).body()).isEqualTo(get(signature, ACME).body());
        assertThat(get(ofCommit().replaceAll("[0-9a-f]{40}", "0".repeat(40)), ACME)
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "MORAINE_INTEROP_MODEL_SIGNING", matches = ".+")
    void thePublicToolAcceptsWhatWasPulledAndRefusesWhatWasChanged(@TempDir Path folder) throws Exception {
        Path model = Files.createDirectories(folder.resolve("model"));
        for (String path : files.keySet()) {
            Path file = model.resolve(path);
            Files.createDirectories(file.getParent());
            Files.write(file, get("/" + adapter + "/resolve/v1/" + path, ACME).body());
        }
        Path bundle =
                Files.write(folder.resolve("model.sig"), get(signature, ACME).body());
        Path key = Files.write(
                folder.resolve("key.pub"), get("/api/v1/signing-key", ACME).body());

        assertThat(verify(model, bundle, key)).isZero();
        Files.write(model.resolve("z"), bytes(5));
        assertThat(verify(model, bundle, key)).isNotZero();
    }

    private static int verify(Path model, Path bundle, Path key) throws IOException, InterruptedException {
        Process tool = new ProcessBuilder(
                        System.getenv("MORAINE_INTEROP_MODEL_SIGNING"),
                        "verify",
                        "key",
                        model.toString(),
                        "--signature",
                        bundle.toString(),
                        "--public_key",
                        key.toString())
                .redirectErrorStream(true)
                .start();
        System.out.println(new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return tool.waitFor();
    }

    private String ofCommit() {
        String commit = json(get("/api/models/" + adapter, ACME)).get("sha").asText();
        return "/api/v1/adapters/" + adapter + "/commits/" + commit + "/signature";
    }

    private byte[] content(String path) {
        return get("/" + adapter + "/resolve/v1/" + path, ACME).body();
    }

    private PublicKey publicKey() throws Exception {
        HttpResponse<byte[]> pem = get("/api/v1/signing-key", ACME);
        String text = new String(pem.body(), StandardCharsets.US_ASCII).replaceAll("-----[A-Z ]+-----", "");
        return KeyFactory.getInstance("EC")
                .generatePublic(new X509EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
    }
}
