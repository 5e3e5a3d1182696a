package org.moraine.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.moraine.stack.StackException;

/** A job's training as it goes on, shown step by step until the job has ended. */
final class FollowedJob {

    private static final Set<String> ENDED = Set.of("succeeded", "failed", "cancelled");
    private static final int NEWEST_EVENTS = 10;
    private static final long LOOK_MILLIS = 200;

    private final TeamClient client;
    private final String id;
    private final Output output;
    private final boolean json;

    /** One line of {@code --json}. */
    private record Step(
            String kind,
            int step,
            @JsonProperty("total_steps") int totalSteps,
            double loss,
            @JsonProperty("tokens_per_second") double tokensPerSecond,
            @JsonProperty("seconds_left") double secondsLeft) {

        static Step of(JsonNode data) {
            return new Step(
                    "step",
                    data.path("step").asInt(),
                    data.path("total_steps").asInt(),
                    data.path("train_loss").asDouble(),
                    data.path("tokens_per_second").asDouble(),
                    data.path("seconds_left").asDouble());
        }
    }

    FollowedJob(TeamClient client, String id, Output output, boolean json) {
        this.client = client;
        this.id = id;
        this.output = output;
        this.json = json;
    }

    /**
     * Waits for the end and gives back the job object.
     *
     * @throws StackException with the job's own reason where it did not succeed
     */
    JsonNode toItsEnd(Interruption interruption) {
        ProgressBar bar = ProgressBar.on(output.progress());
        String told = "";
        int shown = 0;
        while (!interruption.came()) {
            JsonNode job = client.job(id);
            Step newest = newestStep();
            if (newest.step > shown) {
                shown = newest.step;
                show(bar, newest);
            }
            String status = job.path("status").asText();
            if (!status.equals(told) && shown == 0) output.progress("The job is " + status);
            told = status;
            if (ENDED.contains(status)) {
                bar.end();
                if (status.equals("succeeded")) return job;
                throw new StackException("The job ended " + status + ": "
                        + job.path("error").path("message").asText("no reason given"));
            }
            pause();
        }
        throw new StackException("Interrupted while the job ran");
    }

    private Step newestStep() {
        JsonNode events = client.events(id, NEWEST_EVENTS);
        for (JsonNode event : events) {
            if (event.path("type").asText().equals("metrics")) return Step.of(event.path("data"));
        }
        return Step.of(events.path("none yet"));
    }

    private void show(ProgressBar bar, Step step) {
        if (json) output.json(step);
        else bar.show(step.step, step.totalSteps, step.loss, step.tokensPerSecond, step.secondsLeft);
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while the job ran", e);
        }
    }
}
