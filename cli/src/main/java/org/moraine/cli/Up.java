package org.moraine.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.LocalStack;
import org.moraine.stack.Part;
import org.moraine.stack.StackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Starts the stack and holds it until it is told to stop. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts Kafka, PostgreSQL, an object store, job-api, registry-service and a trainer-worker, all on 127.0.0.1,"
                    + " and runs them until Ctrl-C or `./moraine down`.",
            "",
            "Prints the URLs and the API key, and writes them to DIR/moraine.env. In another shell:",
            "",
            "  set -a; . .moraine/moraine.env; set +a",
            "  curl -H \"Authorization: Bearer $$MORAINE_API_KEY\" $$MORAINE_JOBS_URL/v1/fine_tuning/jobs",
            "",
            "With clients that exist:",
            "",
            "  OPENAI_BASE_URL=$$MORAINE_JOBS_URL/v1 OPENAI_API_KEY=$$MORAINE_API_KEY python my_job.py",
            "  HF_ENDPOINT=$$MORAINE_REGISTRY_URL HF_TOKEN=$$MORAINE_API_KEY hf download local/my-adapter --revision v1",
            ""
        },
        footer = {
            "",
            "Logs lie in DIR/logs. Nothing lives on when this command ends, however it ends.",
            "Exit code: 1 could not start; 2 wrong options; 130 stopped by Ctrl-C, 143 by `down`."
        })
final class Up implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StackOptions options = new StackOptions();

    @Option(names = "--json", description = "Prints a JSON object a line: each part that is ready, then URLs and key.")
    private boolean json;

    /** What {@code --json} says at last; the key is the team's own. */
    private record Running(
            String kind,
            String data,
            @JsonProperty("jobs_url") String jobsUrl,
            @JsonProperty("registry_url") String registryUrl,
            @JsonProperty("api_key") String apiKey) {}

    @Override
    public Integer call() throws InterruptedException {
        Output output = Output.of(spec);
        try (LocalStack stack = LocalStack.start(options.settings(), new Narrator(output, json))) {
            if (json) {
                output.json(new Running(
                        "stack",
                        stack.settings().data().toString(),
                        stack.jobsUrl(),
                        stack.registryUrl(),
                        stack.apiKey()));
            } else {
                output.result("MORAINE_JOBS_URL=" + stack.jobsUrl());
                output.result("MORAINE_REGISTRY_URL=" + stack.registryUrl());
                output.result("MORAINE_API_KEY=" + stack.apiKey());
                output.progress(
                        "The same stands in " + stack.settings().data().resolve("moraine.env") + ". Ctrl-C stops all.");
            }
            new CountDownLatch(1).await(); // until the process is told to end; then the stack's own hook stops it
        }
        return 0;
    }

    /** Says what the stack does, a line a part. */
    record Narrator(Output output, boolean json) implements LocalStack.Listener {

        /** One line of {@code --json}. */
        private record Ready(String kind, String part, double seconds) {}

        @Override
        public void started(Part part, double seconds) {
            if (json) {
                output.json(new Ready("ready", part.word(), Math.round(seconds * 10) / 10.0));
            } else {
                output.progress(String.format(Locale.ROOT, "%-18s ready after %4.1f s", part.title(), seconds));
            }
        }

        @Override
        public void died(Part part, StackException reason) {
            output.progress("moraine: " + reason.getMessage());
            output.progress("moraine: " + part.title() + " is not started again. The rest goes on; stop and start the"
                    + " stack to have it back.");
        }
    }
}
