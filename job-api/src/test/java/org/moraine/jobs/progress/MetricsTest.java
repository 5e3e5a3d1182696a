package org.moraine.jobs.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Lease;
import org.moraine.jobs.PlayedWorker;
import org.moraine.jobs.RealParts;
import org.moraine.jobs.WithQueuedJob;

@QuarkusTest
@WithTestResource(RealParts.class)
class MetricsTest extends WithQueuedJob {

    @Test
    void aJobThatHasNotTrainedHasNoSeries() {
        assertThat(team.get(path("/metrics")).ok().toString())
                .isEqualTo("{\"object\":\"fine_tuning.job.metrics\",\"job\":\"" + job + "\",\"series\":[]}");
    }

    @Test
    void theNumbersOfItsStepsAreSeries() {
        trained(worker.take(), 0, 1, 10);

        JsonNode metrics = awaitSteps(10);

        assertThat(metrics.get("series").findValuesAsText("name"))
                .containsExactly("learning_rate", "tokens_per_second", "train_loss", "train_mean_token_accuracy");
        JsonNode loss = series(metrics, "train_loss");
        assertThat(steps(loss)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(loss.at("/values/1").asDouble()).isEqualTo(1.25);
        assertThat(loss.get("values")).hasSize(10);
        assertThat(stage.team("globex").get(path("/metrics")).status()).isEqualTo(404);
    }

    @Test
    void aLongSeriesIsThinnedAndKeepsItsEnds() {
        trained(worker.take(), 0, 1, 10);
        awaitSteps(10);

        assertThat(steps(series(team.get(path("/metrics?limit=4")).ok(), "train_loss")))
                .containsExactly(1, 4, 7, 10);
        assertThat(steps(series(team.get(path("/metrics?limit=3")).ok(), "train_loss")))
                .containsExactly(1, 5, 9, 10);
        assertThat(steps(series(team.get(path("/metrics?after_step=8")).ok(), "train_loss")))
                .containsExactly(9, 10);
        assertThat(team.get(path("/metrics?after_step=x")).status()).isEqualTo(400);
        assertThat(team.get(path("/metrics?limit=0")).status()).isEqualTo(400);
    }

    @Test
    void aStepThatALaterAttemptMakesAgainCountsOnce() {
        Lease first = worker.take();
        trained(first, 0, 1, 5);
        awaitSteps(5);
        worker.giveBack(first);
        Lease second = worker.take();
        worker.reports(second, 0, new JobEvent.Started("a", 10, 3, 3, null));
        trained(second, 1, 4, 7);

        JsonNode metrics = awaitSteps(7);

        assertThat(steps(series(metrics, "train_loss"))).containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void theStepsOfAnAttemptWhoseBeginIsHeardOfAfterItsLeaseEndedCountOnceToo() {
        Lease first = worker.take();
        trained(first, 0, 1, 5);
        awaitSteps(5);
        worker.giveBack(first);
        Lease second = worker.take();
        worker.giveBack(second);
        worker.reports(second, 0, new JobEvent.Started("a", 10, 3, 0, null));
        trained(second, 1, 1, 3);

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                steps(series(team.get(path("/metrics")).ok(), "train_loss")))
                        .containsExactly(1, 2, 3));
        assertThat(team.get(path("/events")).ok().get("data").findValuesAsText("message"))
                .filteredOn(message -> message.startsWith("Step "))
                .hasSize(3);
    }

    private void trained(Lease lease, long sequence, int from, int to) {
        for (int step = from; step <= to; step++) {
            worker.reports(lease, sequence + step, PlayedWorker.step(step, 10));
        }
    }

    private JsonNode awaitSteps(int last) {
        return await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> team.get(path("/metrics")).ok(),
                        metrics -> metrics.get("series").size() > 0
                                && steps(series(metrics, "train_loss")).contains(last));
    }

    private static JsonNode series(JsonNode metrics, String name) {
        return StreamSupport.stream(metrics.get("series").spliterator(), false)
                .filter(series -> series.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Integer> steps(JsonNode series) {
        return StreamSupport.stream(series.get("steps").spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }
}
