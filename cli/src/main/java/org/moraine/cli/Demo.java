package org.moraine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
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

    private static final long LOOK_MILLIS = 200;
    private static final int MOST_TOKENS = 64;
    private static final double ENOUGH = 0.9;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--base",
            paramLabel = "MODEL",
            defaultValue = DemoTraining.BASE,
            description = "The base model: pebble (ships with Moraine), a folder on this machine, or"
                    + " owner/name[@revision] from the endpoint in HF_ENDPOINT. Default: ${DEFAULT-VALUE}.")
    private String base = DemoTraining.BASE;

    @Mixin
    private final StackOptions options = new StackOptions();

    @Option(
            names = "--json",
            description = "Prints a JSON object a line: each step, the version, each answer, the result.")
    private boolean json;

    /** The last line of {@code --json}. */
    private record Result(
            String kind, String adapter, int version, int questions, int base, int adapted, double seconds) {}

    @Override
    public Integer call() throws IOException {
        if (spec == null) throw new AssertionError("picocli sets it");
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
                            running.get().apiKey()));
        }
        output.progress(
                "Starting the stack; its data are kept in " + options.settings().data());
        try (LocalStack stack = LocalStack.start(options.settings(), new Up.Narrator(output, json))) {
            return show(output, interruption, new TeamClient(stack.jobsUrl(), stack.registryUrl(), stack.apiKey()));
        }
    }

    private int show(Output output, Interruption interruption, TeamClient client) throws IOException {
        long began = System.nanoTime();
        List<DemoTraining.Question> questions = DemoTraining.questions();
        String file = client.upload(DemoTraining.FILE_NAME, DemoTraining.file());
        output.progress("Uploaded " + questions.size() + " questions and answers about the Marlo lamp: " + file);
        String job = client.submit(DemoTraining.job(base, file));
        output.progress("Submitted a MoRA job on " + base + ": " + job);
        JsonNode adapter = follow(output, interruption, client, job).path("adapter");
        String name = adapter.path("name").asText();
        int version = adapter.path("version").asInt();
        String commit = adapter.path("commit").asText();
        say(
                output,
                "Published " + name + " v" + version + ", commit " + commit,
                Map.of("kind", "published", "adapter", name, "version", version, "commit", commit));
        Path folder = Files.createTempDirectory("moraine-demo");
        try {
            Pull pull = Pull.version(client, name, version, commit, folder);
            say(
                    output,
                    String.format(
                            Locale.ROOT,
                            "Pulled %d files, %,d bytes, over the Hub's route; every digest is right",
                            pull.files(),
                            pull.bytes()),
                    Map.of("kind", "pulled", "files", pull.files(), "bytes", pull.bytes(), "commit", commit));
            Answers answers = ask(output, interruption, folder, questions);
            if (answers.asked < questions.size()) return Interruption.EXIT_CODE;
            double seconds = (System.nanoTime() - began) / 1e9;
            if (json) {
                output.json(new Result(
                        "result", name, version, questions.size(), answers.baseRight, answers.adaptedRight, seconds));
            } else {
                output.result("");
                output.result(String.format(
                        Locale.ROOT,
                        "Exactly right: %d of %d by %s alone, %d of %d with the adapter.",
                        answers.baseRight,
                        questions.size(),
                        base,
                        answers.adaptedRight,
                        questions.size()));
                output.progress(String.format(Locale.ROOT, "From upload to the last answer: %.0f s", seconds));
            }
            boolean learnt = answers.adaptedRight >= ENOUGH * questions.size();
            return learnt || !base.equals(DemoTraining.BASE) ? 0 : 1;
        } finally {
            Pull.delete(folder);
        }
    }

    /** Shows the training until the job has ended; gives back the job that succeeded. */
    private JsonNode follow(Output output, Interruption interruption, TeamClient client, String id) {
        ProgressBar bar = ProgressBar.on(output.progress());
        String told = "";
        int shown = 0;
        while (!interruption.came()) {
            JsonNode job = client.job(id);
            JsonNode newest = newestStep(client.events(id, 10));
            int step = newest.path("step").asInt();
            if (step > shown) {
                shown = step;
                if (json) output.json(step(newest));
                else
                    bar.show(
                            step,
                            newest.path("total_steps").asInt(),
                            newest.path("train_loss").asDouble(),
                            newest.path("tokens_per_second").asDouble(),
                            newest.path("seconds_left").asDouble());
            }
            String status = job.path("status").asText();
            if (!status.equals(told) && shown == 0) output.progress("The job is " + status);
            told = status;
            if (List.of("succeeded", "failed", "cancelled").contains(status)) {
                bar.end();
                if (status.equals("succeeded")) return job;
                throw new StackException("The job ended " + status + ": "
                        + job.path("error").path("message").asText("no reason given"));
            }
            pause();
        }
        throw new StackException("Interrupted while the job ran");
    }

    private static JsonNode newestStep(JsonNode events) {
        for (JsonNode event : events) {
            if (event.path("type").asText().equals("metrics")) return event.path("data");
        }
        return events.path("none");
    }

    private static Map<String, Object> step(JsonNode data) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("kind", "step");
        line.put("step", data.path("step").asInt());
        line.put("total_steps", data.path("total_steps").asInt());
        line.put("loss", data.path("train_loss").asDouble());
        line.put("tokens_per_second", data.path("tokens_per_second").asDouble());
        line.put("seconds_left", data.path("seconds_left").asDouble());
        return line;
    }

    /** How many questions were asked, and how many of the answers were exactly right. */
    private record Answers(int asked, int baseRight, int adaptedRight) {}

    private Answers ask(Output output, Interruption interruption, Path folder, List<DemoTraining.Question> questions) {
        output.progress("Asking " + base + " and the adapted " + base + " all " + questions.size() + " questions ...");
        SideBySide table = new SideBySide(3, Math.max(60, Math.min(Integer.getInteger("moraine.columns", 100), 160)));
        List<String> lines = new ArrayList<>(table.row(List.of("Question", base, base + " with the adapter")));
        lines.add(table.rule());
        if (!json) lines.forEach(output::result);
        int asked = 0;
        int baseRight = 0;
        int adaptedRight = 0;
        try (BaseModel model = BaseModel.load(ModelOption.find(base), Precision.AUTO);
                Adapter adapter = Adapter.read(model, folder);
                Generator plain = new Generator(model, null);
                Generator adapted = new Generator(model, adapter)) {
            for (DemoTraining.Question question : questions) {
                if (interruption.came()) break;
                String before = plain.answer(question.text(), Sampling.greedy(MOST_TOKENS))
                        .strip();
                String after = adapted.answer(question.text(), Sampling.greedy(MOST_TOKENS))
                        .strip();
                asked++;
                if (before.equals(question.answer())) baseRight++;
                if (after.equals(question.answer())) adaptedRight++;
                if (json) {
                    output.json(Map.of(
                            "kind",
                            "answer",
                            "question",
                            question.text(),
                            "right",
                            question.answer(),
                            "base",
                            before,
                            "adapted",
                            after));
                } else {
                    String mark = after.equals(question.answer()) ? "" : " [not right]";
                    table.row(List.of(question.text(), before, after + mark)).forEach(output::result);
                }
            }
        }
        return new Answers(asked, baseRight, adaptedRight);
    }

    private void say(Output output, String text, Map<String, Object> line) {
        if (json) output.json(line);
        else output.progress(text);
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
