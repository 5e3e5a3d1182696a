package org.moraine.jobs.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.moraine.blobs.BlobStore;
import org.moraine.contracts.Digest;
import org.moraine.contracts.JobCommand;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Lease;
import org.moraine.contracts.SavedCheckpoint;
import org.moraine.jobs.Client;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class CheckpointsTest extends WithQueuedJob {

    @Inject
    BlobStore blobs;

    @Inject
    Checkpoints checkpoints;

    private Lease lease;

    @BeforeEach
    void takeTheJob() {
        lease = worker.take();
    }

    @Test
    void theNextAttemptGetsTheNewestWithItsBytes() {
        assertThat(worker.checkpointsFor(lease)).isEmpty();
        SavedCheckpoint older = worker.leaves(lease, 10, "state of 10");
        SavedCheckpoint newest = worker.leaves(lease, 20, "state of 20");
        worker.giveBack(lease);

        Lease next = worker.take();

        assertThat(worker.checkpointsFor(next)).containsExactly(newest, older);
        assertThat(worker.fetches(next, digest("state of 20")).text()).isEqualTo("state of 20");
    }

    @Test
    void anOlderOneGoesWithItsBytesWhenTheNewerIsSaved() throws Exception {
        worker.leaves(lease, 10, "state of 10");
        worker.leaves(lease, 20, "state of 20");
        worker.brings(lease, digest("never finished"), "never finished".getBytes(StandardCharsets.UTF_8));
        assertThat(isStored("state of 10")).isTrue();

        worker.leaves(lease, 30, "state of 30");

        assertThat(worker.checkpointsFor(lease))
                .extracting(SavedCheckpoint::step)
                .containsExactly(30, 20);
        assertThat(isStored("state of 10")).isFalse();
        assertThat(isStored("never finished")).isFalse();
        assertThat(worker.fetches(lease, digest("state of 10")).status()).isEqualTo(404);
    }

    @Test
    void aTrainingThatWentOnFromBeforeADamagedOneReplacesIt() {
        worker.leaves(lease, 10, "state of 10");
        worker.leaves(lease, 20, "damaged");
        worker.giveBack(lease);
        Lease next = worker.take();

        worker.leaves(next, 15, "state of 15");

        assertThat(worker.checkpointsFor(next))
                .extracting(SavedCheckpoint::step)
                .containsExactly(15, 10);
    }

    @Test
    void savingTheSameAgainChangesNothing() {
        SavedCheckpoint saved = worker.leaves(lease, 10, "state of 10");

        assertThat(worker.saves(lease, saved).status()).isEqualTo(204);

        assertThat(messages()).containsOnlyOnce("Checkpoint created at step 10");
    }

    @Test
    void whatIsNotWhatItSaysIsRefused() throws Exception {
        assertProblem(worker.brings(lease, digest("one"), "two".getBytes(StandardCharsets.UTF_8)), 400, "wrong_digest");
        assertProblem(worker.saves(lease, PlayedWorker.checkpoint(10, "never brought")), 409, "blob_missing");
        assertThat(isStored("one")).isFalse();
        assertThat(worker.checkpointsFor(lease)).isEmpty();
    }

    @Test
    void anAttemptThatHasEndedBringsNothingAndGetsNothing() {
        worker.leaves(lease, 10, "state of 10");
        worker.giveBack(lease);

        byte[] late = "late".getBytes(StandardCharsets.UTF_8);
        assertProblem(worker.brings(lease, Digest.of(late), late), 409, "lease_lost");
        assertProblem(worker.saves(lease, PlayedWorker.checkpoint(10, "state of 10")), 409, "lease_lost");
        assertProblem(worker.fetches(lease, digest("state of 10")), 409, "lease_lost");
    }

    @Test
    void aTrainingFileOfTheSameBytesThatIsDeletedLeavesTheCheckpointsAlone() throws Exception {
        worker.leaves(lease, 10, Stage.GOOD_FILE + "\n");
        String file = team.upload(Stage.GOOD_FILE + "\n");

        team.delete("/v1/files/" + file).ok();

        assertThat(isStored(Stage.GOOD_FILE + "\n")).isTrue();
    }

    @Test
    void aJobThatSucceededHoldsNoBytesAndItsListStays() throws Exception {
        worker.leaves(lease, 10, "state of 10");
        worker.trainsAndPublishes(lease, 1, 1);
        JsonNode ended = stage.awaitStatus(team, job, "succeeded");

        checkpoints.sweep();

        assertThat(isStored("state of 10")).isFalse();
        JsonNode listed = list("").get("data").get(0);
        assertThat(listed.get("fine_tuned_model_checkpoint").asText())
                .isEqualTo(ended.get("fine_tuned_model").asText() + ":ckpt-step-10");
    }

    @Test
    void aTeamSeesEveryCheckpointInPages() {
        for (int step = 1; step <= 3; step++) {
            worker.leaves(lease, step, "state of " + step);
        }

        JsonNode first = list("?limit=2");
        JsonNode second = list("?limit=2&after=" + first.get("last_id").asText());

        assertThat(steps(first)).containsExactly(3, 2);
        assertThat(first.get("has_more").asBoolean()).isTrue();
        assertThat(first.get("first_id").asText())
                .isEqualTo(first.at("/data/0/id").asText())
                .startsWith("ftckpt_");
        assertThat(steps(second)).containsExactly(1);
        assertThat(second.get("has_more").asBoolean()).isFalse();
        JsonNode one = second.at("/data/0");
        assertThat(one.get("object").asText()).isEqualTo("fine_tuning.job.checkpoint");
        assertThat(one.get("fine_tuning_job_id").asText()).isEqualTo(job);
        assertThat(one.get("metrics").toString())
                .isEqualTo("{\"step\":1,\"train_loss\":2.5,\"valid_loss\":3.5,\"valid_mean_token_accuracy\":0.5,"
                        + "\"full_valid_loss\":3.5,\"full_valid_mean_token_accuracy\":0.5}");
        assertThat(team.get("/v1/fine_tuning/jobs/" + job + "/checkpoints?after=ftckpt_none")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void everyStepIsToldOnceHoweverManyAttemptsMadeIt() {
        worker.reports(lease, 0, new JobEvent.Started("a", 6, 3, 0, null));
        for (int step = 1; step <= 4; step++) {
            worker.reports(lease, step, PlayedWorker.step(step, 6));
        }
        worker.leaves(lease, 3, "state of 3");
        await().untilAsserted(() -> assertThat(toldSteps()).containsExactly(4, 3, 2, 1));
        worker.giveBack(lease);
        Lease next = worker.take();

        worker.reports(next, 0, new JobEvent.Started("b", 6, 3, 3, null));
        worker.reports(next, 1, PlayedWorker.step(4, 6));
        worker.reports(lease, 5, PlayedWorker.step(5, 6)); // of an attempt that is over
        worker.reports(next, 2, PlayedWorker.step(5, 6));
        worker.reports(next, 3, PlayedWorker.step(6, 6));
        worker.reports(next, 4, new JobEvent.Stopped(JobCommand.Kind.CANCEL));

        stage.awaitStatus(team, job, "cancelled");
        assertThat(toldSteps()).containsExactly(6, 5, 4, 3, 2, 1);
        assertThat(messages()).contains("Fine-tuning job started again, attempt 2, after step 3");
    }

    @Test
    void aStepThatIsHeardAfterItsWorkerWentIsTold() {
        worker.reports(lease, 0, new JobEvent.Started("a", 6, 3, 0, null));
        worker.giveBack(lease);

        worker.reports(lease, 1, PlayedWorker.step(1, 6));

        await().untilAsserted(() -> assertThat(toldSteps()).containsExactly(1));
    }

    private List<Integer> toldSteps() {
        return StreamSupport.stream(events().spliterator(), false)
                .filter(event -> event.get("type").asText().equals("metrics"))
                .map(event -> event.at("/data/step").asInt())
                .toList();
    }

    private List<String> messages() {
        return events().findValuesAsText("message");
    }

    private JsonNode events() {
        return team.get("/v1/fine_tuning/jobs/" + job + "/events?limit=100")
                .ok()
                .get("data");
    }

    private JsonNode list(String query) {
        return team.get("/v1/fine_tuning/jobs/" + job + "/checkpoints" + query).ok();
    }

    private static List<Integer> steps(JsonNode page) {
        return StreamSupport.stream(page.get("data").spliterator(), false)
                .map(checkpoint -> checkpoint.get("step_number").asInt())
                .toList();
    }

    private boolean isStored(String state) throws IOException {
        return blobs.size(digest(state)).isPresent();
    }

    private static Digest digest(String state) {
        return Digest.of(state.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertProblem(Client.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().get("code").asText()).isEqualTo(code);
    }
}
