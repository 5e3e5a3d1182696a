package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.Packing;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.engine.training.StepReport;
import org.moraine.engine.training.TrainingListener;
import org.moraine.engine.training.TrainingLoop;
import org.moraine.engine.training.TrainingRecord;
import org.moraine.engine.training.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains an adapter on this machine, with the engine alone: no service runs. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Trains an adapter, or all weights, on this machine; no service is needed.",
            "",
            "The data is JSON Lines, each line one of%n"
                    + "  {\"messages\":[{\"role\":\"user\",\"content\":\"...\"},{\"role\":\"assistant\",\"content\":\"...\"}]}%n"
                    + "  {\"prompt\":\"...\",\"completion\":\"...\"}%n"
                    + "  {\"text\":\"...\"}%n"
                    + "and the answers, the completion or the whole text is learnt.",
            ""
        },
        footer = {
            "",
            "Ctrl-C stops after the running step; nothing is written then.",
            "Exit code: 0 done, 1 failed, 2 wrong options or data, 130 interrupted.",
            "",
            "Example: ./moraine train --base pebble --data questions.jsonl --out my-adapter --epochs 20"
        })
final class Train implements Callable<Integer> {

    private static final int MOST_TOKENS = 1 << 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ModelOption model = new ModelOption();

    @Mixin
    private final DataOption data = new DataOption();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder that is made: the adapter's files (a whole model for --method full) and"
                    + " training.json with every setting and step.")
    private Path out = Path.of("");

    @Mixin
    private final TrainingOptions options = new TrainingOptions();

    @Option(
            names = "--random-start",
            description = "Draws all weights at random instead of reading them; the base folder needs config.json and a"
                    + " tokenizer only. With --method full.")
    private boolean randomStart;

    @Option(
            names = "--pack",
            paramLabel = "N",
            description = "Joins the examples end to end into sequences of N tokens, for continued pretraining;"
                    + " attention crosses from one example into the next. With --method full or plain text.")
    private @Nullable Integer pack;

    @Option(names = "--json", description = "Prints a JSON object a line: each step, then the result.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        OutFolder.requireFree(out);
        AdapterSettings adapter = options.adapter();
        if (randomStart && adapter.method() != Method.FULL) {
            throw Refused.invalid("--random-start", "--random-start goes with --method full");
        }
        ModelFolder folder = randomStart ? model.describe() : model.find();
        TrainingSettings settings = settings(folder);
        AdapterShapes.check(folder.config(), adapter);
        Data read = read(folder, settings, adapter);
        try (Interruption interruption = Interruption.watch();
                BaseModel base = randomStart
                        ? BaseModel.random(folder, settings.seed())
                        : BaseModel.load(folder, settings.precision());
                Adapter trained = Adapter.create(base, adapter, settings.seed())) {
            List<TrainingRecord.Step> steps = new ArrayList<>();
            TrainingLoop loop = new TrainingLoop(base, trained, read.examples(), settings);
            ProgressBar bar = ProgressBar.on(output().progress());
            TrainingResult result = loop.run(listener(steps, bar, interruption));
            bar.end();
            if (!result.finished()) {
                output().progress("Stopped after step " + result.steps() + "; nothing was written.");
                return Interruption.EXIT_CODE;
            }
            TrainingRecord record = new TrainingRecord(
                    model.name(), data.name(), read.lines(), pack, randomStart, adapter, settings, steps);
            write(trained, folder, record);
            done(result, trained);
            return 0;
        }
    }

    private TrainingSettings settings(ModelFolder folder) {
        int most = folder.config().maxPositions();
        TrainingSettings settings = options.settings(most);
        int longest = pack == null ? settings.maxTokens() : pack;
        if (longest < 2 || longest > most) {
            throw Refused.invalid(
                    pack == null ? "--max-tokens" : "--pack",
                    "the base model takes from 2 to " + most + " tokens, not " + longest);
        }
        return settings;
    }

    private Data read(ModelFolder folder, TrainingSettings settings, AdapterSettings adapter) {
        try (Tokenizer tokenizer = Tokenizer.open(folder.folder())) {
            List<Example> examples = data.read(tokenizer, pack == null ? settings.maxTokens() : MOST_TOKENS);
            if (pack == null) {
                return new Data(examples.size(), examples);
            }
            if (adapter.method() != Method.FULL && !examples.stream().allMatch(Example::isPlainText)) {
                throw Refused.invalid(
                        "--pack", "--pack goes with --method full, or with lines of {\"text\": ...} alone");
            }
            OptionalInt end = tokenizer.endOfSequence();
            if (end.isEmpty()) {
                throw new EngineException(folder.folder() + ": names no end-of-sequence token, which --pack needs");
            }
            return new Data(examples.size(), Packing.endToEnd(examples, pack, end.getAsInt()));
        }
    }

    private TrainingListener listener(List<TrainingRecord.Step> steps, ProgressBar bar, Interruption interruption) {
        return new TrainingListener() {
            @Override
            public void stepped(StepReport report) {
                TrainingRecord.Step step = TrainingRecord.Step.of(report);
                steps.add(step);
                if (json) {
                    output().json(step);
                } else {
                    bar.show(
                            report.step(),
                            report.totalSteps(),
                            report.loss(),
                            report.tokensPerSecond(),
                            report.secondsLeft());
                }
            }

            @Override
            public boolean goOn() {
                return !interruption.came();
            }
        };
    }

    /** Writes everything beside its place and moves it there in one piece. */
    private void write(Adapter trained, ModelFolder folder, TrainingRecord record) throws IOException {
        Path place = out.toAbsolutePath().normalize();
        Files.createDirectories(place.getParent());
        Path part = place.resolveSibling("." + place.getFileName() + "-" + UUID.randomUUID());
        Files.createDirectory(part);
        try {
            trained.write(part, folder.name());
            record.write(part);
            Files.deleteIfExists(place);
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            if (Files.exists(part)) {
                try (Stream<Path> files = Files.list(part)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(part);
            }
        }
    }

    private void done(TrainingResult result, Adapter trained) {
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("out", out.toString());
            object.put("steps", result.steps());
            object.put("trained_tokens", result.trainedTokens());
            object.put("trainable_parameters", trained.trainableParameters());
            object.put("seconds", result.seconds());
            output().json(object);
        } else {
            output().progress(String.format(
                    "Trained %,d parameters on %,d tokens in %.1f s; wrote %s",
                    trained.trainableParameters(), result.trainedTokens(), result.seconds(), out));
        }
    }

    private Output output() {
        return Output.of(spec());
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new AssertionError("picocli sets it");
        }
        return spec;
    }

    /** What is trained on, and how many lines it was. */
    private record Data(int lines, List<Example> examples) {}
}
