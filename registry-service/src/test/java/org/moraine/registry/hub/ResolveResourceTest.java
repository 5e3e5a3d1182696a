package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Publication;
import org.moraine.registry.RegistryTest;

@QuarkusTest
class ResolveResourceTest extends RegistryTest {

    private static final String SMALL = "adapter_config.json";
    private static final String BIG = "mora/adapter_model.safetensors";

    private final AdapterName adapter = anAdapter();
    private final byte[] small = text("{\"peft_type\": \"LORA\"}");
    private final byte[] big = bytes(9_000_000);
    private Publication.Made made;

    @Inject
    BlobStore store;

    @BeforeEach
    void publishAVersion() {
        made = published(adapter, aJob(), Map.of(SMALL, small, BIG, big, "empty.txt", new byte[0]));
    }

    @Test
    void headSaysWhatASmallFileIs() throws Exception {
        HttpResponse<byte[]> answer = head("/" + adapter + "/resolve/v1/" + SMALL, ACME);

        assertThat(answer.statusCode()).isEqualTo(200);
        HttpHeaders headers = answer.headers();
        assertThat(headers.firstValue("X-Repo-Commit")).hasValue(made.commit());
        assertThat(headers.firstValue("ETag")).hasValue('"' + gitSha1(small) + '"');
        assertThat(headers.allValues("Content-Length")).containsExactly(String.valueOf(small.length));
        assertThat(headers.firstValue("Accept-Ranges")).hasValue("bytes");
        assertThat(headers.firstValue("X-Linked-Etag")).isEmpty();
        assertThat(headers.firstValue("Location")).isEmpty();
        assertThat(headers.firstValue("X-Xet-Hash")).isEmpty();
        assertThat(headers.firstValue("Cache-Control")).hasValue("no-cache");
        assertThat(headers.firstValue("Content-Disposition"))
                .hasValue("inline; filename*=UTF-8''adapter_config.json; filename=\"adapter_config.json\";");
    }

    @Test
    void headSaysWhatABigFileIs() {
        HttpResponse<byte[]> answer = head("/" + adapter + "/resolve/" + made.commit() + "/" + BIG, ACME);

        HttpHeaders headers = answer.headers();
        String etag = '"' + Digest.of(big).hex() + '"';
        assertThat(headers.firstValue("X-Repo-Commit")).hasValue(made.commit());
        assertThat(headers.firstValue("ETag")).hasValue(etag);
        assertThat(headers.firstValue("X-Linked-Etag")).hasValue(etag);
        assertThat(headers.firstValue("X-Linked-Size")).hasValue(String.valueOf(big.length));
        assertThat(headers.allValues("Content-Length")).containsExactly(String.valueOf(big.length));
        assertThat(headers.firstValue("Cache-Control"))
                .hasValueSatisfying(
                        text -> assertThat(text).contains("immutable").contains("private"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "1", "main", "HEAD", "refs%2Fheads%2Fmain", "refs%2Ftags%2Fv1", "commit"})
    void getGivesTheFileByEveryNameOfItsVersion(String revision) {
        String named = revision.equals("commit") ? made.commit() : revision;
        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/" + named + "/" + BIG, ACME);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(big);
        assertThat(answer.headers().firstValue("X-Repo-Commit")).hasValue(made.commit());
        assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(big.length);
        assertThat(answer.headers().firstValue("Transfer-Encoding")).isEmpty();
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
    }

    @Test
    void getAndHeadSayTheSame() {
        for (String path : List.of(SMALL, BIG, "empty.txt")) {
            String[] same = {"X-Request-Id", "the-same"};
            HttpResponse<byte[]> head = head("/" + adapter + "/resolve/v1/" + path, ACME, same);
            HttpResponse<byte[]> get = get("/" + adapter + "/resolve/v1/" + path, ACME, same);

            assertThat(get.headers().map()).isEqualTo(head.headers().map());
            assertThat(get.headers().firstValue("X-Request-Id")).hasValue("the-same");
            assertThat(get.headers().firstValueAsLong("Content-Length")).hasValue(get.body().length);
        }
    }

    @Test
    void textAndPicturesAreShownAndTheRestIsSaved() {
        String text = "text/plain; charset=utf-8";
        String saved = "application/octet-stream";
        Map<String, String> types = Map.ofEntries(
                Map.entry("README.md", text),
                Map.entry("training.json", text),
                Map.entry("chat_template.jinja", text),
                Map.entry("recipe.yaml", text),
                Map.entry("LICENSE", text),
                Map.entry(".gitattributes", text),
                Map.entry("loss.png", "image/png"),
                Map.entry("curves/Valid.JPG", "image/jpeg"),
                Map.entry("loss.svg", saved),
                Map.entry("page.html", saved),
                Map.entry("spiece.model", saved),
                Map.entry("adapter_model.safetensors", saved));
        AdapterName shown = anAdapter();
        Map<String, byte[]> files = new HashMap<>();
        types.keySet().forEach(path -> files.put(path, text(path)));
        published(shown, aJob(), files);

        assertThat(types).allSatisfy((path, type) -> {
            HttpHeaders headers = get("/" + shown + "/resolve/v1/" + path, ACME).headers();
            assertThat(headers.firstValue("Content-Type")).as(path).hasValue(type);
            assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        });
    }

    @Test
    void anyRangeIsThatPartOfTheFile() {
        Random random = new Random(5);
        for (int i = 0; i < 30; i++) {
            int from = random.nextInt(big.length);
            int to = from + random.nextInt(200_000);
            byte[] expected = Arrays.copyOfRange(big, from, Math.min(to + 1, big.length));

            HttpResponse<byte[]> answer =
                    get("/" + adapter + "/resolve/v1/" + BIG, ACME, "Range", "bytes=" + from + "-" + to);

            assertThat(answer.statusCode()).isEqualTo(206);
            assertThat(answer.body()).isEqualTo(expected);
            assertThat(answer.headers().firstValue("Content-Range"))
                    .hasValue("bytes " + from + "-" + (from + expected.length - 1) + "/" + big.length);
            assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(expected.length);
        }
    }

    @Test
    void aDownloadThatBrokeIsResumedAtItsEnd() {
        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/v1/" + BIG, ACME, "Range", "bytes=8999000-");

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(big, 8_999_000, big.length));
    }

    @Test
    void aRangePastTheEndIsAnsweredWithTheSize() {
        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/v1/" + SMALL, ACME, "Range", "bytes=1000-");

        assertThat(answer.statusCode()).isEqualTo(416);
        assertThat(answer.headers().firstValue("Content-Range")).hasValue("bytes */" + small.length);
        assertThat(answer.headers().firstValue("X-Repo-Commit")).hasValue(made.commit());
    }

    @Test
    void theLastBytesAreARangeToo() {
        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/v1/" + BIG, ACME, "Range", "bytes=-7");

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(big, big.length - 7, big.length));
        assertThat(answer.headers().firstValue("Content-Range"))
                .hasValue("bytes " + (big.length - 7) + "-" + (big.length - 1) + "/" + big.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-3", "lines=1-2", "bytes=0-1,4-5", "bytes=x"})
    void aRangeThatIsNotUnderstoodIsLeftOutOfAccount(String range) {
        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/v1/" + SMALL, ACME, "Range", range);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(small);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void whoHasTheFileAlreadyIsToldSo(String method) {
        String etag = '"' + gitSha1(small) + '"';
        for (String known : List.of(etag, "W/" + etag, "\"another\", " + etag, "*")) {
            HttpResponse<byte[]> answer =
                    send(method, "/" + adapter + "/resolve/v1/" + SMALL, ACME, new byte[0], "If-None-Match", known);

            assertThat(answer.statusCode()).as(known).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.headers().firstValue("ETag")).hasValue(etag);
            assertThat(answer.headers().firstValue("X-Repo-Commit")).hasValue(made.commit());
        }
        assertThat(send(
                                method,
                                "/" + adapter + "/resolve/v1/" + SMALL,
                                ACME,
                                new byte[0],
                                "If-None-Match",
                                "\"another\"")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void whoWantsWhatTheFileIsNotIsRefused() {
        String path = "/" + adapter + "/resolve/v1/" + SMALL;

        assertThat(get(path, ACME, "If-Match", "\"another\"").statusCode()).isEqualTo(412);
        assertThat(get(path, ACME, "If-Match", '"' + gitSha1(small) + '"').statusCode())
                .isEqualTo(200);
    }

    @Test
    void aVersionIsARepositoryOfItsOwnForClientsThatNameNoRevision() {
        Publication.Made second = published(adapter, aJob(), Map.of(SMALL, text("two")));

        for (String revision : List.of("main", "HEAD", "v1", "1", "refs%2Fheads%2Fmain", made.commit())) {
            HttpResponse<byte[]> answer = get("/" + adapter + ".v1/resolve/" + revision + "/" + SMALL, ACME);

            assertThat(answer.statusCode()).as(revision).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(small);
            assertThat(answer.headers().firstValue("X-Repo-Commit")).hasValue(made.commit());
        }
        for (String revision : List.of("v2", "2", second.commit(), "nightly")) {
            assertThat(get("/" + adapter + ".v1/resolve/" + revision + "/" + SMALL, ACME)
                            .headers()
                            .firstValue("X-Error-Code"))
                    .as(revision)
                    .hasValue("RevisionNotFound");
        }
        assertThat(get("/" + adapter + ".v3/resolve/main/" + SMALL, ACME)
                        .headers()
                        .firstValue("X-Error-Code"))
                .hasValue("RepoNotFound");
        assertThat(get("/" + adapter + ".v1/resolve/main/" + SMALL, UMBRELLA)
                        .headers()
                        .firstValue("X-Error-Code"))
                .hasValue("RepoNotFound");
    }

    @Test
    void aRangeOfWhatTheFileNoLongerIsGivesTheWholeFile() {
        HttpResponse<byte[]> answer =
                get("/" + adapter + "/resolve/v1/" + SMALL, ACME, "Range", "bytes=0-1", "If-Range", "\"another\"");
        HttpResponse<byte[]> same = get(
                "/" + adapter + "/resolve/v1/" + SMALL,
                ACME,
                "Range",
                "bytes=0-1",
                "If-Range",
                '"' + gitSha1(small) + '"');

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(small);
        assertThat(same.statusCode()).isEqualTo(206);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void anUnknownFileSaysInWhichCommitItIsNot(String method) {
        HttpResponse<byte[]> answer = send(method, "/" + adapter + "/resolve/v1/nothing.bin", ACME, new byte[0]);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("X-Error-Code")).hasValue("EntryNotFound");
        assertThat(answer.headers().firstValue("X-Repo-Commit")).hasValue(made.commit());
        assertThat(answer.headers().firstValue("X-Error-Message")).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "0", "v0", "v01", "nightly", "main%2Fx", "99999999999", "v1%20", "%2e%2e%2f"})
    void anUnknownRevisionIsSaidToBeOne(String revision) {
        for (String method : List.of("GET", "HEAD")) {
            HttpResponse<byte[]> answer =
                    send(method, "/" + adapter + "/resolve/" + revision + "/" + SMALL, ACME, new byte[0]);

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.headers().firstValue("X-Error-Code")).hasValue("RevisionNotFound");
        }
    }

    @Test
    void anotherTeamsAdapterIsNotThere() {
        for (String path : List.of(adapter + "/resolve/v1/" + SMALL, "acme/no-such/resolve/v1/" + SMALL)) {
            for (String method : List.of("GET", "HEAD")) {
                HttpResponse<byte[]> answer = send(method, "/" + path, UMBRELLA, new byte[0]);

                assertThat(answer.statusCode()).isEqualTo(404);
                assertThat(answer.headers().firstValue("X-Error-Code")).hasValue("RepoNotFound");
                assertThat(answer.headers().firstValue("X-Repo-Commit")).isEmpty();
            }
        }
    }

    @Test
    void noKeyAndAWrongKeyAreToldSoInTheHubsWords() {
        for (String method : List.of("GET", "HEAD")) {
            HttpResponse<byte[]> wrong =
                    send(method, "/" + adapter + "/resolve/v1/" + SMALL, "wrong-key-wrong-key", new byte[0]);
            HttpResponse<byte[]> none = send(method, "/" + adapter + "/resolve/v1/" + SMALL, "", new byte[0]);

            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(wrong.headers().firstValue("X-Error-Message"))
                    .hasValue("Invalid credentials in Authorization header");
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(none.headers().firstValue("X-Error-Message"))
                    .hasValueSatisfying(text -> assertThat(text).contains("No API key"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../etc/passwd",
                "..%2f..%2f..%2fetc%2fpasswd",
                "%2e%2e/%2e%2e/etc/passwd",
                "adapter_config.json%00",
                "mora",
                "mora/",
                "%FF%FE",
                "a%0d%0aX-Injected:%20yes"
            })
    void aPathThatClimbsOrIsOddFindsNothing(String path) throws IOException {
        String answer = raw("GET /" + adapter + "/resolve/v1/" + path + " HTTP/1.1");

        assertThat(answer).containsPattern("^HTTP/1.1 (400|404) ").doesNotContain("\nX-Injected");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mora/../adapter_config.json",
                "//adapter_config.json",
                "./adapter_config.json",
                "adapter_config.json/"
            })
    void aRoundaboutPathIsReadAsAnyUrlIs(String path) throws IOException {
        assertThat(raw("GET /" + adapter + "/resolve/v1/" + path + " HTTP/1.1"))
                .startsWith("HTTP/1.1 200")
                .contains("Content-Length: " + small.length);
    }

    @Test
    void noPathWhateverFindsAnythingButAFileOfTheVersion() throws IOException {
        Random random = new Random(11);
        String[] pieces = {
            "..", ".", "/", "%2f", "%2e", "%00", "mora", SMALL, "%", "\\", "?", "#", "%c3%28", "v1", "//", ";"
        };
        for (int i = 0; i < 300; i++) {
            StringBuilder path = new StringBuilder("x");
            random.ints(1 + random.nextInt(6), 0, pieces.length).forEach(at -> path.append(pieces[at]));

            String answer = raw("GET /" + adapter + "/resolve/v1/" + path + " HTTP/1.1");

            assertThat(answer).as(path.toString()).containsPattern("^HTTP/1.1 (200|400|404) ");
            assertThat(answer.startsWith("HTTP/1.1 200") && !answer.contains("X-Repo-Commit: " + made.commit()))
                    .as(path + "\n" + answer)
                    .isFalse();
        }
    }

    @Test
    void aMovedAliasIsFollowedAtOnceWhileACommitStays() {
        Publication.Made second = published(adapter, aJob(), Map.of(SMALL, text("two")));
        String path = "/api/v1/adapters/" + adapter + "/aliases/production";

        sendJson("PUT", path, ACME, Map.of("version", 1));
        assertThat(get("/" + adapter + "/resolve/production/" + SMALL, ACME).body())
                .isEqualTo(small);
        sendJson("PUT", path, ACME, Map.of("version", 2, "expected_version", 1));

        assertThat(get("/" + adapter + "/resolve/production/" + SMALL, ACME).body())
                .isEqualTo(text("two"));
        assertThat(get("/" + adapter + "/resolve/main/" + SMALL, ACME).body()).isEqualTo(text("two"));
        assertThat(get("/" + adapter + "/resolve/" + made.commit() + "/" + SMALL, ACME)
                        .body())
                .isEqualTo(small);
        assertThat(get("/" + adapter + "/resolve/" + second.commit() + "/" + SMALL, ACME)
                        .body())
                .isEqualTo(text("two"));
    }

    @Test
    void aBlobThatTheStoreLostIsOurFaultAndNotAMissingFile() throws IOException {
        byte[] lost = bytes(2_000_000);
        published(adapter, aJob(), Map.of("lost.bin", lost));
        store.delete(Digest.of(lost));

        HttpResponse<byte[]> answer = get("/" + adapter + "/resolve/main/lost.bin", ACME);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.headers().firstValue("X-Error-Code")).isEmpty();
    }

    @Test
    void aPullIsCutOffWhereTheStoreBreaksOff() throws Exception {
        byte[] whole = bytes(2_000_000);
        published(adapter, aJob(), Map.of("damaged.bin", whole));
        overwrite(Digest.of(whole), whole, 1_000_000);

        assertThatThrownBy(() -> get("/" + adapter + "/resolve/main/damaged.bin", ACME))
                .hasCauseInstanceOf(IOException.class)
                .rootCause()
                .hasMessageContaining("EOF");
    }

    /** What a client would mend is sent as it stands. */
    private String raw(String requestLine) throws IOException {
        try (Socket socket = new Socket(root.getHost(), root.getPort())) {
            socket.getOutputStream()
                    .write((requestLine + "\r\nHost: x\r\nAuthorization: Bearer " + ACME
                                    + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            StringBuilder head = new StringBuilder();
            for (String line = answer.readLine(); line != null && !line.isEmpty(); line = answer.readLine()) {
                head.append(line).append('\n');
            }
            return head.toString();
        }
    }

    private static String gitSha1(byte[] bytes) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(text("blob " + bytes.length + "\0"));
            return HexFormat.of().formatHex(sha1.digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
