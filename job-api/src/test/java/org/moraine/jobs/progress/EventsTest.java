package org.moraine.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.ChosenSettings;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Lease;
import org.moraine.contracts.Problem;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.Stage;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class EventsTest extends WithQueuedJob {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void aJobsLifeIsToldInTheWordsUsersKnow() {
        worker.trainsAndPublishes(worker.take(), 2, 3);

        JsonNode done = stage.awaitStatus(team, job, "succeeded");
        String model = "ft:pebble:acme::" + job.substring(job.length() - 8);
        assertThat(messages())
                .containsExactly(
                        "Created fine-tuning job: " + job,
                        "Validating training file: " + done.get("training_file").asText(),
                        "Files validated, moving job to queued state",
                        "Fine-tuning job started",
                        "Step 1/2: training loss=2.50",
                        "Step 2/2: training loss=1.25",
                        "New fine-tuned model created: " + model,
                        "The job has successfully completed");
        assertThat(done.get("fine_tuned_model").asText()).isEqualTo(model);
        assertThat(done.get("trained_tokens").asInt()).isEqualTo(1234);
        assertThat(done.get("finished_at").isNumber()).isTrue();
        assertThat(done.get("adapter").toString())
                .isEqualTo(
                        "{\"name\":\"acme/pebble\",\"version\":3,\"commit\":\"0123456789abcdef0123456789abcdef01234567\"}");
    }

    @Test
    void whatWasLeftOpenIsKnownOnceTheTrainingHasBegun() {
        job = team.post(
                        "/v1/fine_tuning/jobs",
                        Stage.request(
                                team.upload(Stage.GOOD_FILE),
                                Map.of(
                                        "hyperparameters",
                                        Map.of(
                                                "n_epochs",
                                                "auto",
                                                "batch_size",
                                                "auto",
                                                "learning_rate_multiplier",
                                                "auto",
                                                "rank",
                                                4))))
                .ok()
                .get("id")
                .asText();
        stage.awaitStatus(team, job, "queued");
        Lease other = worker.take();
        Lease lease = other.job().value().equals(job) ? other : worker.take();
        assertThat(team.get(path("")).ok().at("/hyperparameters/batch_size").asText())
                .isEqualTo("auto");

        worker.reports(lease, 0, new JobEvent.Started("a", 9, 3, 0, new ChosenSettings(30, 4, 6e-4)));

        awaitMessages(4);
        JsonNode hyperparameters = team.get(path("")).ok().get("hyperparameters");
        assertThat(hyperparameters.get("n_epochs").asInt()).isEqualTo(30);
        assertThat(hyperparameters.get("batch_size").asInt()).isEqualTo(4);
        assertThat(hyperparameters.get("learning_rate_multiplier").asDouble()).isEqualTo(2);
        assertThat(hyperparameters.get("rank").asInt()).isEqualTo(4);
        assertThat(team.get(path("")).ok().at("/method/supervised/hyperparameters"))
                .isEqualTo(hyperparameters);
    }

    @Test
    void aFinishedJobsNumbersAreAFileOfItsTeam() {
        Lease lease = worker.take();
        worker.reports(lease, 0, PlayedWorker.step(1, 2));
        worker.reports(lease, 1, PlayedWorker.step(2, 2));
        worker.reports(lease, 2, new JobEvent.Evaluated(2, 2, 2.75, 0.25, 1.25));
        worker.reports(lease, 3, PlayedWorker.published(lease.spec().adapter(), 1));

        String id =
                stage.awaitStatus(team, job, "succeeded").at("/result_files/0").asText();
        JsonNode file = team.get("/v1/files/" + id).ok();
        assertThat(file.get("purpose").asText()).isEqualTo("fine-tune-results");
        assertThat(file.get("filename").asText()).isEqualTo("step_metrics.csv");
        String content = team.get("/v1/files/" + id + "/content").text();
        assertThat(content)
                .isEqualTo("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
                        + "1,2.5,0.5,,\n2,1.25,0.5,2.75,0.25\n")
                .hasSize(file.get("bytes").asInt());
        assertThat(stage.team("globex").get("/v1/files/" + id).status()).isEqualTo(404);
    }

    @Test
    void jobsThatEndTogetherEachHaveTheirNumbersAndNothingThatComesBehindAnEndCounts() {
        List<Lease> leases = new ArrayList<>(List.of(worker.take()));
        for (int i = 0; i < 5; i++) {
            stage.queuedJob(team);
            leases.add(worker.take());
        }
        for (Lease lease : leases) {
            worker.reports(lease, 0, PlayedWorker.step(1, 2));
            worker.reports(lease, 1, PlayedWorker.published(lease.spec().adapter(), 1));
            worker.reports(lease, 2, PlayedWorker.step(2, 2));
        }

        for (Lease lease : leases) {
            JsonNode ended = stage.awaitStatus(team, lease.job().value(), "succeeded");
            String id = ended.at("/result_files/0").asText();
            assertThat(team.get("/v1/files/" + id + "/content").text().lines().skip(1))
                    .containsExactly("1,2.5,0.5,,");
        }
        assertThat(leases)
                .allSatisfy(lease ->
                        assertThat(messages(lease.job().value())).endsWith("The job has successfully completed"));
    }

    @Test
    void aModelIsThereFromItsJobsSuccessUntilItsTeamDeletesIt() {
        String model = "ft:pebble:acme::" + job.substring(job.length() - 8);
        assertThat(team.get("/v1/models/" + model).status()).isEqualTo(404);

        worker.trainsAndPublishes(worker.take(), 1, 1);
        stage.awaitStatus(team, job, "succeeded");

        assertThat(team.get("/v1/models").ok().get("data").findValuesAsText("id"))
                .contains(model);
        assertThat(team.get("/v1/models/" + model).ok().get("owned_by").asText())
                .isEqualTo("acme");
        assertThat(stage.team("globex").delete("/v1/models/" + model).status()).isEqualTo(404);
        assertThat(team.delete("/v1/models/" + model).ok().toString())
                .isEqualTo("{\"id\":\"" + model + "\",\"object\":\"model\",\"deleted\":true}");
        assertThat(team.get("/v1/models/" + model).status()).isEqualTo(404);
        assertThat(team.delete("/v1/models/" + model).status()).isEqualTo(404);
        assertThat(team.get("/v1/models").ok().get("data").findValuesAsText("id"))
                .doesNotContain(model);
        assertThat(team.delete("/v1/models/pebble").status()).isEqualTo(403);
    }

    @Test
    void aStepIsAMetricsEvent() throws IOException {
        Lease lease = worker.take();
        worker.reports(lease, 1, PlayedWorker.step(1, 90));

        awaitMessages(4);
        JsonNode event = team.get(path("/events")).ok().at("/data/0");
        assertThat(event.get("object").asText()).isEqualTo("fine_tuning.job.event");
        assertThat(event.get("id").asText()).startsWith("ftevent-");
        assertThat(event.get("type").asText()).isEqualTo("metrics");
        assertThat(event.get("level").asText()).isEqualTo("info");
        assertThat(event.get("data"))
                .isEqualTo(JSON.readTree(
                        "{\"step\":1,\"train_loss\":2.5,\"train_mean_token_accuracy\":0.5,\"total_steps\":90,\"learning_rate\":3.0E-4,"
                                + "\"tokens_per_second\":123.4,\"seconds_left\":89.0}"));
        JsonNode running = team.get(path("")).ok();
        assertThat(running.get("trained_tokens").asInt()).isEqualTo(10);
        assertThat(running.get("estimated_finish").isNumber()).isTrue();
    }

    @Test
    void anEvaluationIsAMetricsEventWithAllNumbersOfItsStep() throws IOException {
        Lease lease = worker.take();
        worker.reports(lease, 1, PlayedWorker.step(1, 90));
        worker.reports(lease, 2, new JobEvent.Evaluated(1, 90, 2.75, 0.25, 2.5));
        worker.reports(lease, 3, new JobEvent.Evaluated(2, 90, Double.NaN, 0, null));

        awaitMessages(6);
        JsonNode events = team.get(path("/events")).ok().get("data");
        assertThat(events.at("/1/message").asText()).isEqualTo("Step 1/90: validation loss=2.75");
        assertThat(events.at("/1/type").asText()).isEqualTo("metrics");
        assertThat(events.at("/1/data"))
                .isEqualTo(JSON.readTree("{\"step\":1,\"total_steps\":90,\"train_loss\":2.5,\"valid_loss\":2.75,"
                        + "\"valid_mean_token_accuracy\":0.25}"));
        assertThat(events.at("/0/data"))
                .isEqualTo(JSON.readTree("{\"step\":2,\"total_steps\":90,\"valid_mean_token_accuracy\":0.0}"));
    }

    @Test
    void anEventThatIsDeliveredTwiceOrLateCountsOnce() {
        Lease lease = worker.take();
        worker.reports(lease, 2, PlayedWorker.step(2, 9));
        worker.reports(lease, 2, PlayedWorker.step(2, 9));
        worker.reports(lease, 1, PlayedWorker.step(1, 9));
        worker.reports(lease, 2, PlayedWorker.step(2, 9));
        worker.reports(lease, 3, PlayedWorker.step(3, 9));

        awaitMessages(6);

        assertThat(messages().subList(3, 6))
                .containsExactly(
                        "Step 2/9: training loss=1.25", "Step 1/9: training loss=2.50", "Step 3/9: training loss=0.83");
        assertThat(team.get(path("")).ok().get("trained_tokens").asInt()).isEqualTo(30);
    }

    @Test
    void anEventOfAnAttemptThatWasGivenUpChangesNothing() {
        Lease first = worker.take();
        worker.giveBack(first);
        Lease second = worker.take();

        worker.reports(first, 0, PlayedWorker.published(first.spec().adapter(), 1));
        worker.reports(second, 0, new JobEvent.Started("a", 9, 3, 0, null));

        await().untilAsserted(() -> assertThat(messages()).contains("Fine-tuning job started again, attempt 2"));
        stage.awaitStatus(team, job, "running");
    }

    @Test
    void aFailureThatNoOtherAttemptWouldMendFailsTheJob() {
        Lease lease = worker.take();

        worker.reports(
                lease,
                0,
                new JobEvent.Failed(
                        new Problem(
                                Problem.Category.INVALID, "non_finite_loss", "The loss is not finite", "learning_rate"),
                        false));

        JsonNode failed = stage.awaitStatus(team, job, "failed");
        assertThat(failed.get("error").toString())
                .isEqualTo(
                        "{\"code\":\"non_finite_loss\",\"message\":\"The loss is not finite\",\"param\":\"learning_rate\"}");
        assertThat(worker.renew(lease).status()).isEqualTo(409);
    }

    @Test
    void whatIsNoEventIsPassedOver() {
        Lease lease = worker.take();

        worker.sends(job, "no json at all");
        worker.sends(job, "{\"job\":\"x\"}");
        worker.sends(job, "{\"job\":\"" + job + "\",\"attempt\":1,\"sequence\":0}");
        worker.sends(job, "null");
        worker.reports(new JobId("ftjob-" + "A".repeat(24)), 1, 0, PlayedWorker.step(1, 1));
        worker.trainsAndPublishes(lease, 1, 1);

        stage.awaitStatus(team, job, "succeeded");
    }

    @Test
    void anEventThatCannotBeProjectedDoesNotKeepOthersWaiting() {
        Lease lease = worker.take();
        Problem unstorable = new Problem(Problem.Category.INVALID, "nul", "a NUL \0 that PostgreSQL cannot hold", null);

        worker.reports(lease, 50, new JobEvent.Failed(unstorable, false));
        worker.trainsAndPublishes(lease, 1, 1);

        stage.awaitStatus(team, job, "succeeded");
    }

    @Test
    void eventsComeInPagesNewestFirst() {
        JsonNode page = team.get(path("/events") + "?limit=2").ok();
        String last = page.at("/data/1/id").asText();
        JsonNode rest = team.get(path("/events") + "?limit=2&after=" + last).ok();

        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("data").findValuesAsText("message"))
                .element(0)
                .isEqualTo("Files validated, moving job to queued state");
        assertThat(rest.get("data").findValuesAsText("message")).containsExactly("Created fine-tuning job: " + job);
        assertThat(rest.get("has_more").asBoolean()).isFalse();
        assertThat(team.get(path("/events") + "?after=ftevent-none").status()).isEqualTo(400);
    }

    @Test
    void theLiveStreamTellsEverythingUntilTheEnd() {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        HttpResponse<Stream<String>> stream = team.lines(path("/events") + "?stream=true");
        CompletableFuture<Void> reading =
                CompletableFuture.runAsync(() -> stream.body().forEach(lines::add));
        await().untilAsserted(() -> assertThat(lines).anyMatch(line -> line.contains("queued state")));

        worker.trainsAndPublishes(worker.take(), 3, 1);

        await().atMost(Duration.ofSeconds(20)).until(reading::isDone);
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(stream.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        assertThat(lines.stream().filter(line -> line.startsWith("id:"))).hasSize(9);
        assertThat(lines).anyMatch(line -> line.contains("Step 3/3"));
        assertThat(lines.stream().filter(line -> line.startsWith("data:")).reduce((a, b) -> b))
                .hasValueSatisfying(line -> assertThat(line).contains("[DONE]"));
    }

    @Test
    void aReaderThatWasCutOffGoesOnAfterTheLastEventItSaw() {
        worker.trainsAndPublishes(worker.take(), 1, 1);
        stage.awaitStatus(team, job, "succeeded");
        List<JsonNode> all = new ArrayList<>();
        team.get(path("/events")).ok().get("data").forEach(all::add);
        Collections.reverse(all);

        List<String> lines = team.lines(
                        path("/events") + "?stream=true",
                        "Accept",
                        "application/json", // as OpenAI's clients send it
                        "Last-Event-ID",
                        all.get(4).get("id").asText())
                .body()
                .filter(line -> line.startsWith("id:"))
                .toList();

        assertThat(lines)
                .containsExactlyElementsOf(all.subList(5, all.size()).stream()
                        .map(event -> "id:" + event.get("id").asText())
                        .toList());
    }

    private List<String> messages() {
        return messages(job);
    }

    private List<String> messages(String job) {
        List<String> newestFirst = new ArrayList<>(team.get("/v1/fine_tuning/jobs/" + job + "/events?limit=100")
                .ok()
                .get("data")
                .findValuesAsText("message"));
        Collections.reverse(newestFirst);
        return newestFirst;
    }

    private void awaitMessages(int number) {
        await().atMost(Duration.ofSeconds(20)).until(() -> messages().size() >= number);
    }
}
