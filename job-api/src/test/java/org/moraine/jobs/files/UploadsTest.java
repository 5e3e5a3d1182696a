package org.moraine.jobs.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.jobs.Client;
import org.moraine.jobs.Multipart;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class UploadsTest {

    private static final String FIRST = "{\"text\":\"the first line, of three\"}\n";
    private static final String SECOND = "{\"text\":\"the second one\"}\n";

    @Inject
    Stage stage;

    @Inject
    BlobStore blobs;

    @Inject
    Uploads uploads;

    @Inject
    StoredBlobs stored;

    @Inject
    SettableClock clock;

    private Client team;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
    }

    @Test
    void partsBecomeOneFileInTheOrderThatIsNamed() throws IOException {
        JsonNode upload = announce(FIRST.length() + SECOND.length(), Map.of()).ok();
        String second = add(upload, SECOND);
        String first = add(upload, FIRST);
        add(upload, SECOND); // as a client sends it again that had no answer

        JsonNode completed = complete(upload, first, second).ok();

        assertThat(upload.get("status").asText()).isEqualTo("pending");
        assertThat(upload.get("expires_at").asLong() - upload.get("created_at").asLong())
                .isEqualTo(3600);
        assertThat(completed.get("status").asText()).isEqualTo("completed");
        assertThat(completed.get("object").asText()).isEqualTo("upload");
        JsonNode file = completed.get("file");
        assertThat(file.get("filename").asText()).isEqualTo("training.jsonl");
        assertThat(file.get("purpose").asText()).isEqualTo("fine-tune");
        assertThat(content(completed)).isEqualTo(FIRST + SECOND);
        assertThat(blobs.size(digest(FIRST))).isEmpty();
        assertThat(blobs.size(digest(SECOND))).isEmpty();
        assertThat(complete(upload, first, second).ok()).isEqualTo(completed);
        assertThat(complete(upload, second, first).status()).isEqualTo(409);
    }

    @Test
    void largePartsArePutTogetherInTheStore() throws Exception {
        byte[] bytes = new byte[(11 << 20) + 13];
        new Random(3).nextBytes(bytes);
        JsonNode upload = announce(bytes.length, Map.of()).ok();
        List<String> parts = IntStream.of(0, 1, 2)
                .parallel()
                .mapToObj(i -> add(
                        upload,
                        new ByteArrayInputStream(
                                bytes, i * (5 << 20), Math.min(5 << 20, bytes.length - i * (5 << 20)))))
                .toList();

        JsonNode completed = team.post(path(upload, "/complete"), Map.of("part_ids", parts, "md5", hex("MD5", bytes)))
                .ok();

        String id = completed.at("/file/id").asText();
        assertThat(team.get("/v1/files/" + id + "/content").bytes()).isEqualTo(bytes);
    }

    @Test
    void aFileThatCameInPartsCanBeTrainedOnAndExpires() {
        JsonNode upload = announce(
                        Stage.GOOD_FILE.length(),
                        Map.of("expires_after", Map.of("anchor", "created_at", "seconds", 7200)))
                .ok();

        JsonNode file = complete(upload, add(upload, Stage.GOOD_FILE)).ok().get("file");

        assertThat(file.get("expires_at").asLong() - file.get("created_at").asLong())
                .isEqualTo(7200);
        Map<String, Object> request = Stage.request(file.get("id").asText(), Map.of());
        assertThat(team.post("/v1/fine_tuning/jobs", request).status()).isEqualTo(200);
    }

    @Test
    void partsThatAreNotTheAnnouncedFileAreRefused() throws Exception {
        JsonNode upload = announce(FIRST.length() + SECOND.length(), Map.of()).ok();
        String first = add(upload, FIRST);
        String second = add(upload, SECOND);

        assertRefused(complete(upload, first), "part_ids");
        assertRefused(complete(upload, first, first), "part_ids");
        assertRefused(complete(upload, first, "part_none"), "part_ids");
        assertRefused(team.post(path(upload, "/complete"), Map.of("part_ids", List.of())), "part_ids");
        assertRefused(team.post(path(upload, "/complete"), Map.of()), "part_ids");
        String md5 = hex("MD5", FIRST.getBytes(StandardCharsets.UTF_8));
        assertRefused(
                team.post(path(upload, "/complete"), Map.of("part_ids", List.of(first, second), "md5", md5)), "md5");
        assertThat(complete(upload, first, second).status()).isEqualTo(200);
    }

    @Test
    void aPartIsNoLargerThanTheFileAndNotMadeOfNothing() {
        JsonNode upload = announce(10, Map.of()).ok();

        assertThat(send(upload, "eleven byte").status()).isEqualTo(413);
        assertRefused(send(upload, ""), "data");
        add(upload, "ten bytes.");
        add(upload, "ten bytes.");
        assertThat(send(upload, "x").status()).isEqualTo(413);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'filename':'a','purpose':'fine-tune','bytes':0,'mime_type':'text/jsonl'}          | bytes",
                "{'filename':'a','purpose':'fine-tune','bytes':9000000000,'mime_type':'text/jsonl'} | bytes",
                "{'filename':'a','purpose':'fine-tune','bytes':'9','mime_type':'text/jsonl'}        | bytes",
                "{'filename':'a','purpose':'fine-tune','mime_type':'text/jsonl'}                    | bytes",
                "{'filename':'a','purpose':'fun','bytes':9,'mime_type':'text/jsonl'}                | purpose",
                "{'filename':'a','purpose':'fine-tune-results','bytes':9,'mime_type':'text/jsonl'}  | purpose",
                "{'filename':'','purpose':'fine-tune','bytes':9,'mime_type':'text/jsonl'}           | filename",
                "{'filename':'a','purpose':'fine-tune','bytes':9}                                   | mime_type",
                "{'filename':'a','purpose':'fine-tune','bytes':9,'mime_type':'t','expires_after':{'anchor':'created_at','seconds':9}} | expires_after.seconds",
                "{'filename':'a','purpose':'fine-tune','bytes':9,'mime_type':'t','expires_after':{'seconds':7200}} | expires_after.anchor",
            })
    void anUploadThatCannotBeIsRefusedByItsField(String request, String param) {
        assertRefused(team.post("/v1/uploads", request.replace('\'', '"')), param);
    }

    @Test
    void aCancelledUploadLeavesNothing() throws IOException {
        JsonNode upload = announce(FIRST.length(), Map.of()).ok();
        String part = add(upload, FIRST);

        JsonNode cancelled = team.post(path(upload, "/cancel")).ok();

        assertThat(cancelled.get("status").asText()).isEqualTo("cancelled");
        assertThat(blobs.size(digest(FIRST))).isEmpty();
        assertThat(team.post(path(upload, "/cancel")).ok()).isEqualTo(cancelled);
        assertConflict(complete(upload, part));
        assertConflict(send(upload, FIRST));
    }

    @Test
    void anUploadExpiresAfterAnHourAndIsSweptAway() throws IOException {
        JsonNode upload = announce(FIRST.length(), Map.of()).ok();
        String part = add(upload, FIRST);

        clock.advance(Duration.ofMinutes(61));
        assertConflict(send(upload, FIRST));
        assertConflict(complete(upload, part));
        assertThat(blobs.size(digest(FIRST))).isPresent();

        clock.advance(Duration.ofHours(1));
        uploads.sweep();
        assertThat(blobs.size(digest(FIRST))).isEmpty();
        assertConflict(complete(upload, part));

        clock.advance(Duration.ofDays(1));
        uploads.sweep();
        assertThat(complete(upload, part).status()).isEqualTo(404);
    }

    @Test
    void anotherTeamsUploadIsNotThere() {
        JsonNode upload = announce(FIRST.length(), Map.of()).ok();
        String part = add(upload, FIRST);
        Client other = stage.team("globex");

        team = other;
        assertThat(send(upload, FIRST).status()).isEqualTo(404);
        assertThat(complete(upload, part).status()).isEqualTo(404);
        assertThat(other.post(path(upload, "/cancel")).status()).isEqualTo(404);
        assertThat(other.post("/v1/uploads/%00/cancel").status()).isEqualTo(404);
    }

    @Test
    void aBlobThatNobodyHasNamedForADayIsSweptAway() throws IOException {
        String job = stage.queuedJob(team);
        JsonNode upload = announce(FIRST.length(), Map.of()).ok();
        add(upload, FIRST);
        Digest unnamed = blobs.put(new ByteArrayInputStream("nobody names me".getBytes(StandardCharsets.UTF_8)))
                .digest();
        try (PlayedWorker worker = stage.worker("a")) {
            worker.leaves(worker.take(), 1, "a checkpoint's state");
        }

        clock.advance(Duration.ofHours(25));
        for (int share = 0; share < BlobStore.SHARES; share++) stored.sweep();

        assertThat(blobs.size(unnamed)).isEmpty();
        assertThat(blobs.size(digest(FIRST))).as("a part").isPresent();
        assertThat(blobs.size(digest("a checkpoint's state")))
                .as("a checkpoint")
                .isPresent();
        assertThat(blobs.size(digest(Stage.GOOD_FILE)))
                .as("the training file of " + job)
                .isPresent();
    }

    private Client.Answer announce(long bytes, Map<String, ?> more) {
        Map<String, Object> request = new HashMap<>(Map.of(
                "filename", "training.jsonl", "purpose", "fine-tune", "bytes", bytes, "mime_type", "text/jsonl"));
        request.putAll(more);
        return team.post("/v1/uploads", request);
    }

    private String add(JsonNode upload, String content) {
        return add(upload, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    private String add(JsonNode upload, ByteArrayInputStream content) {
        JsonNode part = send(upload, content).ok();
        assertThat(part.get("object").asText()).isEqualTo("upload.part");
        assertThat(part.get("upload_id")).isEqualTo(upload.get("id"));
        assertThat(part.get("created_at").isIntegralNumber()).isTrue();
        return part.get("id").asText();
    }

    private Client.Answer send(JsonNode upload, String content) {
        return send(upload, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    private Client.Answer send(JsonNode upload, ByteArrayInputStream content) {
        return team.postParts(
                path(upload, "/parts"),
                "b0undary",
                () -> Multipart.with("b0undary").file("data", "blob", content).end());
    }

    private Client.Answer complete(JsonNode upload, String... parts) {
        return team.post(path(upload, "/complete"), Map.of("part_ids", List.of(parts)));
    }

    private String content(JsonNode completed) {
        return team.get("/v1/files/" + completed.at("/file/id").asText() + "/content")
                .text();
    }

    private static String path(JsonNode upload, String more) {
        return "/v1/uploads/" + upload.get("id").asText() + more;
    }

    private static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hex(String algorithm, byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    }

    private static void assertRefused(Client.Answer answer, String param) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().at("/error/param").asText()).isEqualTo(param);
    }

    private static void assertConflict(Client.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
    }
}
