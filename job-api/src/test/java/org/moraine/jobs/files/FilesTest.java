package org.moraine.jobs.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.jobs.Client;
import org.moraine.jobs.Multipart;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.SettableClock;
import org.moraine.jobs.Stage;

@QuarkusTest
@WithTestResource(RealParts.class)
class FilesTest {

    private static final long LARGEST = 20 << 20; // as RealParts sets it
    private static final int PLACES = 3;
    private static final String BOUNDARY = "----formdata-7e2b";

    @Inject
    Stage stage;

    @Inject
    BlobStore blobs;

    @Inject
    StoredFiles files;

    @Inject
    UploadPlaces places;

    @Inject
    SettableClock clock;

    private Client team;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
    }

    @Test
    void anUploadedFileComesBackByteForByte() {
        JsonNode file = upload(Multipart.with(BOUNDARY)
                        .field("purpose", "fine-tune")
                        .file("Größe.jsonl", Stage.GOOD_FILE)
                        .end())
                .ok();

        assertThat(file.get("object").asText()).isEqualTo("file");
        assertThat(file.get("id").asText()).matches("file-[A-Za-z0-9]{24}");
        assertThat(file.get("bytes").asInt()).isEqualTo(Stage.GOOD_FILE.getBytes(StandardCharsets.UTF_8).length);
        assertThat(file.get("filename").asText()).isEqualTo("Größe.jsonl");
        assertThat(file.get("purpose").asText()).isEqualTo("fine-tune");
        assertThat(file.get("status").asText()).isEqualTo("processed");
        assertThat(file.has("expires_at")).isFalse();
        String path = "/v1/files/" + file.get("id").asText();
        assertThat(team.get(path).ok()).isEqualTo(file);
        assertThat(team.get(path + "/content").text()).isEqualTo(Stage.GOOD_FILE);
    }

    @Test
    void thePartsMayComeInAnyOrder() {
        Client.Answer answer = upload(Multipart.with(BOUNDARY)
                .file("a.jsonl", Stage.GOOD_FILE)
                .field("expires_after[seconds]", "7200")
                .field("purpose", "fine-tune")
                .field("expires_after[anchor]", "created_at")
                .end());

        JsonNode file = answer.ok();
        assertThat(file.get("expires_at").asLong() - file.get("created_at").asLong())
                .isEqualTo(7200);
    }

    @Test
    void aFileOfSeveralPartsOfTheStoreIsKeptWhole() throws IOException {
        byte[] big = new byte[19 << 20];
        new java.util.Random(7).nextBytes(big);

        JsonNode file = upload(Multipart.with(BOUNDARY)
                        .file("big", new ByteArrayInputStream(big))
                        .field("purpose", "user_data")
                        .end())
                .ok();

        assertThat(team.get("/v1/files/" + file.get("id").asText() + "/content").bytes())
                .isEqualTo(big);
    }

    @Test
    void aFileThatIsTooLargeIsRefusedAndLeavesNothing() {
        Client.Answer answer = upload(Multipart.with(BOUNDARY)
                .field("purpose", "fine-tune")
                .file("x", new Zeros(LARGEST + 1))
                .end());

        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.json().at("/error/param").asText()).isEqualTo("file");
        assertThat(team.get("/v1/files").ok().get("data")).isEmpty();
    }

    @Test
    void anUploadWithoutEndIsCutOff() {
        try {
            Client.Answer answer = upload(Multipart.with(BOUNDARY)
                    .file("x", new Zeros(Long.MAX_VALUE))
                    .end());
            assertThat(answer.status()).isEqualTo(413);
        } catch (UncheckedIOException e) {
            assertThat(e).hasCauseInstanceOf(IOException.class); // the connection went before the answer was read
        }

        assertThat(team.get("/v1/files").ok().get("data")).isEmpty();
    }

    @Test
    void aPurposeThatIsNoneIsRefusedAndTheBytesGo() throws IOException {
        String content = "{\"text\":\"nobody else has these bytes\"}\n";

        Client.Answer answer = upload(Multipart.with(BOUNDARY)
                .file("a.jsonl", content)
                .field("purpose", "fun")
                .end());

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().at("/error/param").asText()).isEqualTo("purpose");
        assertThat(blobs.size(Digest.of(content.getBytes(StandardCharsets.UTF_8))))
                .isEmpty();
    }

    @Test
    void aBodyThatBreaksOffIsRefused() {
        Client.Answer answer = upload(new ByteArrayInputStream(
                ("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf a li")
                        .getBytes(StandardCharsets.UTF_8)));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().at("/error/type").asText()).isEqualTo("invalid_request_error");
    }

    @Test
    void aMissingFilePartIsNamed() {
        Client.Answer answer =
                upload(Multipart.with(BOUNDARY).field("purpose", "fine-tune").end());

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().at("/error/param").asText()).isEqualTo("file");
    }

    @Test
    void anotherTeamsFileIsNotThere() {
        String file = team.upload(Stage.GOOD_FILE);
        Client other = stage.team("globex");

        assertThat(other.get("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(other.get("/v1/files/" + file + "/content").status()).isEqualTo(404);
        assertThat(other.delete("/v1/files/" + file).status()).isEqualTo(404);
        assertThat(other.get("/v1/files").ok().get("data")).isEmpty();
        assertThat(team.get("/v1/files/" + file).status()).isEqualTo(200);
    }

    @Test
    void aDeletedFilesBytesGoUnlessAnotherFileHasThem() throws IOException {
        Digest digest = Digest.of(Stage.GOOD_FILE.getBytes(StandardCharsets.UTF_8));
        String first = team.upload(Stage.GOOD_FILE);
        String second = stage.team("globex").upload(Stage.GOOD_FILE);

        JsonNode deleted = team.delete("/v1/files/" + first).ok();

        assertThat(deleted.get("deleted").asBoolean()).isTrue();
        assertThat(team.get("/v1/files/" + first).status()).isEqualTo(404);
        assertThat(blobs.size(digest)).isPresent();
        stage.team("globex").delete("/v1/files/" + second).ok();
        assertThat(blobs.size(digest)).isEmpty();
    }

    @Test
    void anExpiredFileIsGoneAndSweptAway() throws IOException {
        String content = "{\"text\":\"these bytes will expire\"}\n";
        String id = upload(Multipart.with(BOUNDARY)
                        .field("purpose", "fine-tune")
                        .field("expires_after[anchor]", "created_at")
                        .field("expires_after[seconds]", "3600")
                        .file("a.jsonl", content)
                        .end())
                .ok()
                .get("id")
                .asText();

        clock.advance(Duration.ofSeconds(3601));

        assertThat(team.get("/v1/files/" + id).status()).isEqualTo(404);
        files.sweep();
        assertThat(blobs.size(Digest.of(content.getBytes(StandardCharsets.UTF_8))))
                .isEmpty();
    }

    @Test
    void filesAreListedNewestFirstInPages() {
        String first = team.upload("{\"text\":\"1\"}\n");
        String second = team.upload("{\"text\":\"2\"}\n");
        String third = team.upload("{\"text\":\"3\"}\n");

        JsonNode page = team.get("/v1/files?limit=2").ok();
        JsonNode rest = team.get("/v1/files?limit=2&after=" + second).ok();

        assertThat(page.get("data").findValuesAsText("id")).containsExactly(third, second);
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("first_id").asText()).isEqualTo(third);
        assertThat(page.get("last_id").asText()).isEqualTo(second);
        assertThat(rest.get("data").findValuesAsText("id")).containsExactly(first);
        assertThat(rest.get("has_more").asBoolean()).isFalse();
        assertThat(team.get("/v1/files?order=asc&purpose=fine-tune")
                        .ok()
                        .get("data")
                        .findValuesAsText("id"))
                .containsExactly(first, second, third);
        assertThat(team.get("/v1/files?purpose=batch").ok().get("data")).isEmpty();
        assertThat(team.get("/v1/files?purpose=%00").status()).isEqualTo(400);
    }

    @Test
    void anUploadThatFindsNoPlaceInTimeIsToldToComeAgainAndAFileInPartsIsCompletedAllTheSame() throws Exception {
        Map<String, ?> announced = Map.of(
                "filename", "a.jsonl", "purpose", "fine-tune", "bytes", Stage.GOOD_FILE.length(), "mime_type", "text");
        String inParts = "/v1/uploads/"
                + team.post("/v1/uploads", announced).ok().get("id").asText();
        String part = team.postParts(
                        inParts + "/parts",
                        BOUNDARY,
                        () -> Multipart.with(BOUNDARY)
                                .file(
                                        "data",
                                        "a.jsonl",
                                        new ByteArrayInputStream(Stage.GOOD_FILE.getBytes(StandardCharsets.UTF_8)))
                                .end())
                .ok()
                .get("id")
                .asText();
        CompletableFuture<Void> done = new CompletableFuture<>();
        CountDownLatch taken = new CountDownLatch(PLACES);
        List<Thread> readers = Stream.generate(() -> new Thread(() -> readUntil(done, taken)))
                .limit(PLACES)
                .toList();
        readers.forEach(Thread::start);
        taken.await();

        Client.Answer answer = upload(Multipart.with(BOUNDARY)
                .field("purpose", "fine-tune")
                .file("a.jsonl", Stage.GOOD_FILE)
                .end());
        Client.Answer completed = team.post(inParts + "/complete", Map.of("part_ids", List.of(part)));
        done.complete(null);

        assertThat(completed.ok().get("status").asText()).isEqualTo("completed");
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("retry-after-ms")).isEqualTo("1000");
        assertThat(answer.json().at("/error/type").asText()).isEqualTo("rate_limit_error");
        for (Thread reader : readers) reader.join();
    }

    private void readUntil(CompletableFuture<Void> done, CountDownLatch taken) {
        try {
            places.in(() -> {
                taken.countDown();
                return done.join();
            });
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Client.Answer upload(InputStream body) {
        return team.postParts(BOUNDARY, () -> body);
    }

    /** So many bytes, made as they are read. */
    private static final class Zeros extends InputStream {

        private long left;

        Zeros(long number) {
            this.left = number;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            int count = (int) Math.min(left, length);
            left -= count;
            return count == 0 ? -1 : count;
        }
    }
}
