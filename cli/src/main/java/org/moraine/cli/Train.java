package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.checkpoint.Checkpoint;
import org.moraine.engine.checkpoint.History;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.Packing;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Machine;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.engine.training.MadeBy;
import org.moraine.engine.training.StepReport;
import org.moraine.engine.training.TrainingEstimate;
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
            "Ctrl-C stops after the running step; without --checkpoint-every nothing is written then.",
            "A step whose loss or gradients are not finite makes no update; too many of them fail the training.",
            "Exit code: 0 done, 1 failed, 2 wrong options or data, 5 the checkpoints in --out are of another"
                    + " training, 130 interrupted.",
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

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description =
                    "Trains this adapter further, with a fresh optimizer, instead of a new one; method, type, rank,"
                            + " alpha, targets and modules that are trained whole are its own.")
    private @Nullable Path start;

    @Mixin
    private final TrainingOptions options = new TrainingOptions();

    @Mixin
    private final EvaluationOptions evaluation = new EvaluationOptions();

    @Mixin
    private final CheckpointOptions checkpoints = new CheckpointOptions();

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

    @Mixin
    private final DeviceOptions devices = new DeviceOptions();

    @Option(names = "--json", description = "Prints a JSON object a line: each step, then the result.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        TrainedFolder folder = new TrainedFolder(out, checkpoints);
        folder.requireFree();
        AdapterSettings asked = options.adapter();
        if (randomStart && asked.method() != Method.FULL) {
            throw Refused.invalid("--random-start", "--random-start goes with --method full");
        }
        ModelFolder found = randomStart ? model.describe() : model.find();
        TrainingSettings settings = settings(found);
        requireStart();
        AdapterShapes.check(found.config(), asked);
        Data read = read(found, settings, asked);
        Optional<Checkpoint> checkpoint = checkpoints.found(out, output());
        Precision precision = precision(settings, checkpoint);
        int spread = spread(found, asked, settings, read.examples(), precision);
        try (Interruption interruption = Interruption.watch();
                BaseModel base = randomStart
                        ? BaseModel.random(found, settings.seed(), spread)
                        : BaseModel.load(found, precision, settings.quantise(), spread);
                Adapter trained = start == null
                        ? Adapter.create(base, asked, settings.seed())
                        : Adapter.read(base, start, asked.dropout())) {
            TrainingLoop loop = read.validation() == null
                    ? new TrainingLoop(base, trained, read.examples(), settings)
                    : new TrainingLoop(base, trained, read.examples(), read.validation(), settings);
            loop.onDevices(devices.divided());
            if (checkpoints.asked()) {
                loop.checkpointsIn(CheckpointOptions.folder(out));
            }
            checkpoint.ifPresent(newest -> goOn(loop, newest));
            ProgressBar bar = ProgressBar.on(output().progress());
            TrainingResult result = loop.run(listener(bar, interruption));
            bar.end();
            if (!result.finished()) {
                stopped(result);
                return Interruption.EXIT_CODE;
            }
            TrainingRecord record = new TrainingRecord(
                    model.name(),
                    start == null ? null : start.toString(),
                    data.name(),
                    evaluation.file() == null ? null : String.valueOf(evaluation.file()),
                    read.lines(),
                    pack,
                    randomStart,
                    trained.settings(),
                    loop.settings(),
                    MadeBy.here(null),
                    result.history());
            folder.write(place -> {
                trained.write(place, found.name());
                record.write(place);
            });
            done(result, loop.totalSteps(), trained);
            return 0;
        }
    }

    private int spread(
            ModelFolder folder,
            AdapterSettings adapter,
            TrainingSettings settings,
            List<Example> examples,
            Precision precision) {
        Integer asked = devices.spread();
        return asked != null
                ? asked
                : TrainingEstimate.fewest(
                        folder.config(),
                        adapter,
                        settings,
                        examples,
                        PrecisionProbe.choose(precision),
                        Machine.kind(Machine.devices()).memory() / Machine.devices(),
                        Machine.devices());
    }

    /** The adapter that is trained further says by itself what kind it is. */
    private void requireStart() {
        if (start == null) {
            return;
        }
        for (String own : TrainingOptions.KIND) {
            if (spec().commandLine().getParseResult().hasMatchedOption(own)) {
                throw Refused.invalid(own, own + " is the adapter's own; leave it out beside --adapter");
            }
        }
        AdapterOption.requireAdapter(start);
    }

    /** The type that a checkpoint's training computed in; its bits depend on it. */
    private static Precision precision(TrainingSettings settings, Optional<Checkpoint> checkpoint) {
        return checkpoint.map(newest -> newest.inputs().precision()).orElse(settings.precision());
    }

    private void goOn(TrainingLoop loop, Checkpoint checkpoint) {
        loop.from(checkpoint);
        output().progress("Going on after step " + checkpoint.point().step() + " of " + loop.totalSteps() + ", from "
                + checkpoint.folder());
    }

    private void stopped(TrainingResult result) {
        output().progress("Stopped after step " + result.steps()
                + (checkpoints.asked() && result.steps() > 0
                        ? "; the same command goes on from " + CheckpointOptions.within(out)
                        : "; nothing was written."));
    }

    private TrainingSettings settings(ModelFolder folder) {
        int most = folder.config().maxPositions();
        TrainingSettings settings = options.settings(most, evaluation.settings());
        int longest = pack == null ? settings.maxTokens() : pack;
        if (longest < 2 || longest > most) {
            throw Refused.invalid(
                    pack == null ? "--max-tokens" : "--pack",
                    "the base model takes from 2 to " + most + " tokens, not " + longest);
        }
        return settings;
    }

    private Data read(ModelFolder folder, TrainingSettings settings, AdapterSettings adapter) {
        int most = pack == null ? settings.maxTokens() : MOST_TOKENS;
        try (Tokenizer tokenizer = Tokenizer.open(folder.folder())) {
            List<Example> examples = data.read(tokenizer, most);
            Path file = evaluation.file();
            List<Example> validation =
                    file == null ? null : TrainingFile.read(file, "validation_file", tokenizer, most);
            return new Data(
                    examples.size(),
                    packed(folder, tokenizer, adapter, examples),
                    validation == null ? null : packed(folder, tokenizer, adapter, validation));
        }
    }

    private List<Example> packed(
            ModelFolder folder, Tokenizer tokenizer, AdapterSettings adapter, List<Example> examples) {
        if (pack == null) {
            return examples;
        }
        if (adapter.method() != Method.FULL && !examples.stream().allMatch(Example::isPlainText)) {
            throw Refused.invalid("--pack", "--pack goes with --method full, or with lines of {\"text\": ...} alone");
        }
        OptionalInt end = tokenizer.endOfSequence();
        if (end.isEmpty()) {
            throw new EngineException(folder.folder() + ": names no end-of-sequence token, which --pack needs");
        }
        return Packing.endToEnd(examples, pack, end.getAsInt());
    }

    private TrainingListener listener(ProgressBar bar, Interruption interruption) {
        return new TrainingListener() {
            @Override
            public void stepped(StepReport report) {
                if (json) {
                    output().json(report.made());
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
            public void evaluated(History.Evaluated evaluated) {
                if (json) {
                    output().json(Map.of("evaluated", evaluated));
                    return;
                }
                bar.end();
                output().progress(String.format(
                        Locale.ROOT,
                        "Evaluated after step %d: loss %.4f, %.1f %% of %,d tokens right",
                        evaluated.step(),
                        evaluated.loss(),
                        100 * evaluated.accuracy(),
                        evaluated.tokens()));
                evaluated
                        .samples()
                        .forEach(sample -> output().progress(
                                        "  " + sample.prompt() + System.lineSeparator() + "    " + sample.text()));
            }

            @Override
            public void skipped(History.Skipped step) {
                bar.end();
                output().progress("Step " + step.step() + " made no update: its loss is " + step.loss()
                        + ", its gradients' norm " + step.gradientNorm());
            }

            @Override
            public boolean goOn() {
                return !interruption.came();
            }

            @Override
            public boolean wantsCheckpoint(int step, boolean ending) {
                return checkpoints.due(step, ending);
            }
        };
    }

    private void done(TrainingResult result, int total, Adapter trained) {
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("out", out.toString());
            object.put("steps", result.steps());
            object.put("skipped", result.history().skipped().size());
            object.put("trained_tokens", result.trainedTokens());
            object.put("trainable_parameters", trained.trainableParameters());
            object.put("seconds", result.seconds());
            output().json(object);
        } else {
            if (result.steps() < total) {
                output().progress("Ended after step " + result.steps() + " of " + total
                        + ": no evaluation had a lower loss any more");
            }
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

    /** What is trained on, how many lines it was, and what it is measured by where that is a file of its own. */
    private record Data(
            int lines, List<Example> examples, @Nullable List<Example> validation) {}
}
