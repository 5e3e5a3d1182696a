package org.moraine.blobs.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Refused;
import org.moraine.stack.SigningKeyFiles;

class SignedModelTest {

    private static final Map<String, Digest> FILES = Map.of("a.json", digest("a"), "mora/w.bin", digest("w"));

    @TempDir
    Path folder;

    private SigningKeyFiles pair;
    private String bundle;
    private TrustedKeys trusted;

    @BeforeEach
    void sign() throws IOException {
        pair = SigningKeyFiles.in(folder.resolve("ours"));
        Manifest manifest = new Manifest(FILES.entrySet().stream()
                .map(file -> new Manifest.File(file.getKey(), 1, file.getValue()))
                .toList());
        bundle = SignedModel.sign("acme/bot@v1", manifest, SigningKey.read(pair.secret(), pair.open()));
        trusted = TrustedKeys.read(List.of(pair.open()));
    }

    @Test
    void whatWasSignedIsReadBack() throws IOException {
        TrustedKeys two = TrustedKeys.read(
                List.of(SigningKeyFiles.in(folder.resolve("new")).open(), pair.open()));

        SignedModel signed = SignedModel.read(bytes(bundle), two);

        assertThat(signed.name()).isEqualTo("acme/bot@v1");
        assertThat(signed.files()).isEqualTo(FILES);
        signed.requireSame(FILES);
        signed.requireSigned(Map.of("a.json", digest("a")));
    }

    @Test
    void whatWasChangedLeftOutOrAddedIsNamed() {
        SignedModel signed = SignedModel.read(bytes(bundle), trusted);

        assertThatThrownBy(() -> signed.requireSame(with("a.json", digest("b"))))
                .isInstanceOf(Refused.class)
                .hasMessage("1 file is not as acme/bot@v1 was signed: a.json");
        assertThatThrownBy(() -> signed.requireSame(with("more", digest("a")))).hasMessageContaining("signed: more");
        assertThatThrownBy(() -> signed.requireSigned(Map.of("mora/w.bin", digest("a"))))
                .hasMessageContaining("signed: mora/w.bin");
        assertThatThrownBy(() -> signed.requireSame(Map.of("a.json", digest("a"))))
                .hasMessage("1 file is signed and not there: mora/w.bin");
    }

    @Test
    void whatWasSignedAsAnotherAdaptersVersionIsNotTakenForThisOnes() {
        SignedModel signed = SignedModel.read(bytes(bundle), trusted);

        assertThat(signed.requireOf("acme/bot")).isSameAs(signed);
        assertThatThrownBy(() -> signed.requireOf("acme/bo"))
                .isInstanceOf(Refused.class)
                .hasMessage("What came for acme/bo was signed as acme/bot@v1");
    }

    @Test
    void anotherKeysSignatureAndAnAlteredOneAreNotBelieved() throws IOException {
        TrustedKeys others = TrustedKeys.read(
                List.of(SigningKeyFiles.in(folder.resolve("theirs")).open()));
        String payload = bundle.replaceFirst("(?s).*\"payload\":\"([^\"]*)\".*", "$1");
        String altered = bundle.replace(
                payload, payload.substring(0, 40) + (payload.charAt(40) == 'A' ? 'B' : 'A') + payload.substring(41));

        assertThatThrownBy(() -> SignedModel.read(bytes(bundle), others))
                .hasMessageContaining("none of the trusted keys");
        assertThatThrownBy(() -> SignedModel.read(bytes(altered), trusted)).hasMessageContaining("or was altered");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"dsseEnvelope\":{\"payload\":7}}",
                "{\"dsseEnvelope\":{\"payload\":\"!\"}}"
            })
    void whatIsNoSignatureIsSaidToBeNone(String text) {
        assertThatThrownBy(() -> SignedModel.read(bytes(text), trusted))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("no bundle");
    }

    @Test
    void whatIsNoKeyOrNoPairIsRefused() throws IOException {
        Path nothing = Files.writeString(folder.resolve("key.pem"), "no key at all");
        Path other = SigningKeyFiles.in(folder.resolve("other")).open();

        assertThatThrownBy(() -> SigningKey.read(nothing, pair.open())).hasMessageContaining("no PRIVATE KEY in PEM");
        assertThatThrownBy(() -> TrustedKeys.read(List.of(nothing))).hasMessageContaining("no PUBLIC KEY in PEM");
        assertThatThrownBy(() -> SigningKey.read(pair.secret(), other)).hasMessageContaining("does not belong to");
    }

    private static Map<String, Digest> with(String path, Digest digest) {
        Map<String, Digest> files = new TreeMap<>(FILES);
        files.put(path, digest);
        return files;
    }

    private static Digest digest(String text) {
        return Digest.of(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
