package org.moraine.blobs.signature;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/**
 * A model's files as OpenSSF Model Signing 1.0 signs them: an in-toto statement whose predicate lists every file's
 * SHA-256, in a DSSE envelope, in a Sigstore bundle that names the key by its digest. No service outside is asked or
 * needed.
 *
 * @param name what the model was called when it was signed, such as {@code team/adapter@v3}
 * @param files every file's digest by its path
 * @param key the digest of the key that signed it
 */
public record SignedModel(String name, SortedMap<String, Digest> files, String key) {

    public static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";
    private static final String PREDICATE_TYPE = "https://model_signing/signature/v1.0";
    private static final String SHA256 = "sha256";
    private static final int MOST_NAMED = 5;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public SignedModel {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

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

    private record Material(Map<String, String> publicKey, List<Object> tlogEntries) {}

    private record Envelope(byte[] payload, String payloadType, List<Sealed> signatures) {}

    private record Sealed(byte[] sig, String keyid) {}

    /** Signs a manifest; gives the bundle, as JSON. */
    public static String sign(String name, Manifest manifest, SigningKey key) {
        byte[] payload = json(new Statement(
                "https://in-toto.io/Statement/v1",
                List.of(new Subject(name, Map.of(SHA256, all(manifest).hex()))),
                PREDICATE_TYPE,
                new Predicate(
                        new Serialization("files", SHA256, false, List.of()),
                        manifest.files().stream()
                                .map(file -> new Resource(
                                        file.path(), SHA256, file.digest().hex()))
                                .toList())));
        byte[] signature = key.sign(authenticated(payload));
        return new String(
                json(new Bundle(
                        MEDIA_TYPE,
                        new Material(Map.of("hint", key.digest()), List.of()),
                        new Envelope(payload, PAYLOAD_TYPE, List.of(new Sealed(signature, ""))))),
                StandardCharsets.UTF_8);
    }

    /**
     * Reads a bundle and believes it where one of the keys signed it.
     *
     * @throws Refused {@code signature_unreadable} or {@code signature_untrusted}
     */
    public static SignedModel read(byte[] bundle, TrustedKeys keys) {
        try {
            JsonNode envelope = JSON.readTree(bundle).path("dsseEnvelope");
            byte[] payload = bytes(envelope.path("payload"));
            byte[] signed = authenticated(payload);
            String key = keys.signer(signed, bytes(envelope.at("/signatures/0/sig")))
                    .orElseThrow(() -> refused(
                            "signature_untrusted", "The signature is of none of the trusted keys, or was altered"));
            return of(JSON.readTree(payload), key);
        } catch (IOException e) {
            throw refused("signature_unreadable", "The signature is no bundle of OpenSSF Model Signing");
        }
    }

    private static byte[] bytes(JsonNode base64) throws IOException {
        byte[] bytes = base64.binaryValue();
        if (bytes == null) {
            throw new IOException("no base64");
        }
        return bytes;
    }

    private static SignedModel of(JsonNode statement, String key) {
        if (!statement.path("predicateType").asText().equals(PREDICATE_TYPE)) {
            throw refused("signature_unreadable", "What is signed is no model");
        }
        SortedMap<String, Digest> files = new TreeMap<>();
        for (JsonNode resource : statement.at("/predicate/resources")) {
            String path = resource.path("name").asText();
            if (!resource.path("algorithm").asText().equals(SHA256)) {
                throw refused("signature_unreadable", "'" + path + "' is not signed by its SHA-256");
            }
            files.put(path, new Digest(resource.path("digest").asText()));
        }
        return new SignedModel(statement.at("/subject/0/name").asText(), files, key);
    }

    /**
     * Throws {@link Refused} {@code content_altered} unless this was signed as a version of an adapter: what was signed as
     * another one's is sound, and is not what was asked for.
     *
     * @param adapter {@code team/adapter}
     */
    public SignedModel requireOf(String adapter) {
        if (!name.startsWith(adapter + "@")) {
            throw refused("content_altered", "What came for " + adapter + " was signed as " + name);
        }
        return this;
    }

    /**
     * Throws {@link Refused} {@code content_altered} unless these are all the files that were signed, as they were.
     *
     * @param found each file's digest by its path
     */
    public void requireSame(Map<String, Digest> found) {
        List<String> missing =
                files.keySet().stream().filter(path -> !found.containsKey(path)).toList();
        if (!missing.isEmpty()) {
            throw altered(missing, "signed and not there");
        }
        requireSigned(found);
    }

    /** Throws {@link Refused} {@code content_altered} unless each of these files was signed, as it is; some may be absent. */
    public void requireSigned(Map<String, Digest> found) {
        List<String> others = new ArrayList<>();
        found.forEach((path, digest) -> {
            if (!digest.equals(files.get(path))) {
                others.add(path);
            }
        });
        if (!others.isEmpty()) {
            throw altered(others, "not as " + name + " was signed");
        }
    }

    private static Refused altered(List<String> paths, String how) {
        String named = String.join(", ", paths.subList(0, Math.min(MOST_NAMED, paths.size())));
        return refused(
                "content_altered",
                paths.size() + (paths.size() == 1 ? " file is " : " files are ") + how + ": " + named);
    }

    private static Refused refused(String code, String message) {
        return new Refused(new Problem(Problem.Category.CONFLICT, code, message, "signature"));
    }

    private static Digest all(Manifest manifest) {
        MessageDigest all = Digest.sha256();
        manifest.files()
                .forEach(
                        file -> all.update(HexFormat.of().parseHex(file.digest().hex())));
        return Digest.finished(all);
    }

    /** What is signed of an envelope (DSSE 1.0, pre-authentication encoding). */
    private static byte[] authenticated(byte[] payload) {
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
