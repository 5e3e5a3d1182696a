package org.moraine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.EvaluationSettings.Keep;
import org.moraine.contracts.Refused;
import picocli.CommandLine.Option;

/** How a training is measured while it runs. */
final class EvaluationOptions {

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Examples to measure by, JSON Lines; they are not learnt.")
    private @Nullable Path file;

    @Option(
            names = "--validation-split",
            paramLabel = "X",
            description = "The share of --data that is set apart to measure by, such as 0.1; the seed chooses it.")
    private @Nullable Double split;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Measures after every N steps, and at the end. Default: after every epoch.")
    private @Nullable Integer every;

    @Option(
            names = "--keep",
            paramLabel = "last|best",
            defaultValue = "last",
            converter = Words.OfKeep.class,
            description = "What is written: the state after the last step, or that of the evaluation with the lowest"
                    + " loss. Default: ${DEFAULT-VALUE}.")
    private Keep keep = Keep.LAST;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Ends the training after N evaluations in a row without a lower loss.")
    private @Nullable Integer patience;

    @Option(
            names = "--sample-prompt",
            paramLabel = "TEXT",
            description = "A question that is answered at each evaluation; may be given several times.")
    private List<String> samplePrompts = new ArrayList<>();

    EvaluationSettings settings() {
        if (file != null && split != null) {
            throw Refused.invalid("--validation-split", "--validation and --validation-split exclude each other");
        }
        EvaluationSettings settings =
                new EvaluationSettings(split == null ? 0 : split, every, keep, patience, samplePrompts);
        if (file == null && settings.split() == 0 && !settings.equals(EvaluationSettings.defaults())) {
            throw Refused.invalid(
                    "--validation",
                    "--evaluate-every, --keep best, --patience and --sample-prompt go with --validation or"
                            + " --validation-split");
        }
        return settings;
    }

    /** The file of examples, null where there is none. */
    @Nullable
    Path file() {
        if (file != null && (!Files.isReadable(file) || Files.isDirectory(file))) {
            throw Refused.invalid("--validation", "there is no file " + file + " that can be read");
        }
        return file;
    }
}
