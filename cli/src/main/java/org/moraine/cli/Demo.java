package org.moraine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.LocalStack;
import org.moraine.stack.RunningStack;
import org.moraine.stack.StackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything once: from a training file through the services to the pulled adapter and its answers. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows everything once, on this machine alone.",
            "",
            "It%n  1. starts the stack (as `up` does), unless one runs on the data folder,",
            "  2. uploads forty questions and answers about the Marlo lamp, which nobody makes,",
            "  3. submits a MoRA job; it goes through PostgreSQL and Kafka to the worker, which trains,",
            "  4. pulls the published version over the Hugging Face Hub's route and checks its digest,",
            "  5. asks the base model and the adapted one every question, side by side.",
            "",
            "It takes a minute or two. The adapter and everything else stay in the data folder; running it again makes"
                    + " the next version.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  ./moraine demo",
            "  ./moraine demo --base HuggingFaceTB/SmolLM2-135M-Instruct --data /tmp/moraine",
            "",
            "Exit code: 0 done; 1 a step failed, or Pebble with the adapter answers fewer than nine of ten exactly;"
                    + " 2 wrong options; 130 interrupted."
        })
final class Demo implements Callable<Integer> {

    private static final double ENOUGH = 0.9;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--base",
            paramLabel = "MODEL",
            defaultValue = DemoTraining.BASE,
            description = "The base model: pebble (ships with Moraine), a folder on this machine,"
                    + " owner/name[@revision] from the endpoint in HF_ENDPOINT, or s3://moraine-models/prefix in the"
                    + " stack's own object store. Default: ${DEFAULT-VALUE}.")
    private String base = DemoTraining.BASE;

    @Mixin
    private final StackOptions options = new StackOptions();

    @Option(
            names = "--json",
            description = "Prints a JSON object a line: each step, the version, each answer, the result.")
    private boolean json;

    /** Lines of {@code --json}; those for each part, step and answer stand with what makes them. */
    private record Published(String kind, String adapter, int version, String commit) {}

    private record Pulled(String kind, int files, long bytes) {}

    private record Result(String kind, int questions, int base, int adapted, double seconds) {}

    @Override
    public Integer call() throws IOException {
        Output output = Output.of(spec);
        try (Interruption interruption = Interruption.watch()) {
            try {
                return run(output, interruption);
            } catch (StackException e) {
                // What no longer answers was stopped by the same Ctrl-C.
                if (interruption.came()) return Interruption.EXIT_CODE;
                throw e;
            }
        }
    }

    private int run(Output output, Interruption interruption) throws IOException {
        Optional<RunningStack> running = RunningStack.in(options.settings().data());
        if (running.isPresent()) {
            output.progress("A stack runs on " + running.get().data() + " already; the demo uses it.");
            return show(
                    output,
                    interruption,
                    new TeamClient(
                            running.get().jobsUrl(),
                            running.get().registryUrl(),
                            running.get().apiKey()),
                    running.get().storeEnvironment());
        }
        output.progress(
                "Starting the stack; its data are kept in " + options.settings().data());
        try (LocalStack stack = LocalStack.start(options.settings(), new Up.Narrator(output, json))) {
            return show(
                    output,
                    interruption,
                    new TeamClient(stack.jobsUrl(), stack.registryUrl(), stack.apiKey()),
                    stack.storeEnvironment());
        }
    }

    private int show(Output output, Interruption interruption, TeamClient client, Map<String, String> store)
            throws IOException {
        long began = System.nanoTime();
        List<DemoTraining.Question> questions = DemoTraining.questions();
        String file = client.upload(DemoTraining.FILE_NAME, DemoTraining.file());
        output.progress("Uploaded " + questions.size() + " questions and answers about the Marlo lamp: " + file);
        String job = client.submit(DemoTraining.job(base, file));
        output.progress("Submitted a MoRA job on " + base + ": " + job);
        JsonNode adapter = new FollowedJob(client, job, output, json)
                .toItsEnd(interruption)
                .path("adapter");
        Published published = new Published(
                "published",
                adapter.path("name").asText(),
                adapter.path("version").asInt(),
                adapter.path("commit").asText());
        say(
                output,
                published,
                "Published " + published.adapter + " v" + published.version + ", commit " + published.commit);
        Path folder = Files.createTempDirectory("moraine-demo");
        try {
            Pull pull = Pull.version(client, published.adapter, published.version, published.commit, folder);
            say(
                    output,
                    new Pulled("pulled", pull.files(), pull.bytes()),
                    String.format(
                            Locale.ROOT,
                            "Pulled %d files, %,d bytes, over the Hub's route; every digest is right",
                            pull.files(),
                            pull.bytes()));
            output.progress(
                    "Asking " + base + " and the adapted " + base + " all " + questions.size() + " questions ...");
            DemoAnswers answers =
                    DemoAnswers.ask(questions, ModelOption.find(base, store), folder, output, json, interruption);
            if (answers.asked() < questions.size()) return Interruption.EXIT_CODE;
            double seconds = (System.nanoTime() - began) / 1e9;
            Result result =
                    new Result("result", questions.size(), answers.baseRight(), answers.adaptedRight(), seconds);
            if (json) output.json(result);
            else conclude(output, result);
            return result.adapted >= ENOUGH * questions.size() || !base.equals(DemoTraining.BASE) ? 0 : 1;
        } finally {
            Pull.delete(folder);
        }
    }

    private void conclude(Output output, Result result) {
        output.result("");
        output.result(String.format(
                Locale.ROOT,
                "Exactly right: %d of %d by %s alone, %d of %d with the adapter.",
                result.base,
                result.questions,
                base,
                result.adapted,
                result.questions));
        output.progress(String.format(Locale.ROOT, "From upload to the last answer: %.0f s", result.seconds));
    }

    private void say(Output output, Record line, String text) {
        if (json) output.json(line);
        else output.progress(text);
    }
}
