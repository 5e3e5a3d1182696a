package org.moraine.registry.signature;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;

/**
 * A manifest signed as OpenSSF Model Signing 1.0 says: an in-toto statement whose predicate lists every file's SHA-256,
 * in a DSSE envelope, in a Sigstore bundle that names the key by its digest. No service outside is asked or needed.
 */
final class ModelSignature {

    static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ModelSignature() {}

    private record Statement(
            @JsonProperty("_type") String type, List<Subject> subject, String predicateType, Predicate predicate) {}

    private record Subject(String name, Map<String, String> digest) {}

    private record Predicate(Serialization serialization, List<Resource> resources) {}

    private record Serialization(
            String method,
            @JsonProperty("hash_type") String hashType,
            @JsonProperty("allow_symlinks") boolean allowSymlinks,
            @JsonProperty("ignore_paths") List<String> ignorePaths) {}

    private record Resource(String name, String algorithm, String digest) {}

    private record Bundle(String mediaType, Material verificationMaterial, Envelope dsseEnvelope) {}

    private record Material(Map<String, String> publicKey, List<String> tlogEntries) {}

    private record Envelope(byte[] payload, String payloadType, List<Sealed> signatures) {}

    private record Sealed(byte[] sig, String keyid) {}

    /** The bundle, as JSON; {@code name} is what the signed model is called. */
    static String of(String name, Manifest manifest, SigningKey key) {
        byte[] payload = json(statement(name, manifest));
        byte[] signature = key.sign(authenticated(payload));
        return new String(
                json(new Bundle(
                        MEDIA_TYPE,
                        new Material(Map.of("hint", key.digest()), List.of()),
                        new Envelope(payload, PAYLOAD_TYPE, List.of(new Sealed(signature, ""))))),
                StandardCharsets.UTF_8);
    }

    private static Statement statement(String name, Manifest manifest) {
        MessageDigest all = Digest.sha256();
        manifest.files()
                .forEach(
                        file -> all.update(HexFormat.of().parseHex(file.digest().hex())));
        return new Statement(
                "https://in-toto.io/Statement/v1",
                List.of(new Subject(name, Map.of("sha256", Digest.finished(all).hex()))),
                "https://model_signing/signature/v1.0",
                new Predicate(
                        new Serialization("files", "sha256", false, List.of()),
                        manifest.files().stream()
                                .map(file -> new Resource(
                                        file.path(), "sha256", file.digest().hex()))
                                .toList()));
    }

    /** What is signed of an envelope (DSSE 1.0, pre-authentication encoding). */
    static byte[] authenticated(byte[] payload) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        encoded.writeBytes(("DSSEv1 " + PAYLOAD_TYPE.length() + " " + PAYLOAD_TYPE + " " + payload.length + " ")
                .getBytes(StandardCharsets.US_ASCII));
        encoded.writeBytes(payload);
        return encoded.toByteArray();
    }

    private static byte[] json(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new AssertionError("records of text are JSON", e);
        }
    }
}
