package org.moraine.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.generation.Scorer;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures how well a model predicts given answers. */
@Command(
        name = "score",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how well a model predicts the answers in a file, with or without an adapter.",
            "",
            "For each example: how many tokens were scored, and their negative log-likelihood in nats, summed; then the"
                    + " perplexity over all. The file is one that train takes; what train learns is what is scored,"
                    + " so a line {\"text\": ...} is scored on the ids that the tokenizer gives, the first left out.",
            ""
        },
        footer = {
            "",
            "Exit code: 0 done, 1 failed, 2 wrong options or data, 130 interrupted.",
            "",
            "Example: ./moraine score --base pebble --adapter my-adapter --data held-out.jsonl"
        })
final class Score implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ModelOption model = new ModelOption();

    @Mixin
    private final AdapterOption adapter = new AdapterOption();

    @Mixin
    private final DataOption data = new DataOption();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Longer examples are cut. Default: the model's limit.")
    private @Nullable Integer maxTokens;

    @Option(
            names = "--precision",
            paramLabel = "auto|fp32|bf16",
            defaultValue = "fp32",
            converter = Words.OfPrecision.class,
            description = "The type the model computes in. Default: ${DEFAULT-VALUE}.")
    private Precision precision = Precision.FP32;

    @Mixin
    private final QuantiseOption quantise = new QuantiseOption();

    @Option(
            names = "--json",
            description = "Prints a JSON object a line: {\"example\":0,\"tokens\":17,\"nll\":41.2345678} for each"
                    + " example, then {\"perplexity\":...}.")
    private boolean json;

    /** One line of {@code --json}. */
    private record Line(int example, int tokens, double nll) {}

    @Override
    public Integer call() {
        Output output = Output.of(spec);
        ModelFolder folder = model.find();
        List<Example> examples = examples(folder);
        long tokens = 0;
        double nll = 0;
        try (Interruption interruption = Interruption.watch();
                BaseModel base = BaseModel.load(folder, precision, quantise.value());
                Adapter read = adapter.read(base);
                Scorer scorer = new Scorer(base, read)) {
            if (!json) {
                output.result("example  tokens  negative log-likelihood");
            }
            for (int i = 0; i < examples.size(); i++) {
                if (interruption.came()) {
                    return Interruption.EXIT_CODE;
                }
                Scorer.Score score = scorer.score(examples.get(i));
                tokens += score.tokens();
                nll += score.nll();
                if (json) {
                    output.json(new Line(i, score.tokens(), score.nll()));
                } else {
                    output.result(String.format("%7d  %6d  %s", i, score.tokens(), score.nll()));
                }
            }
        }
        double perplexity = Math.exp(nll / tokens);
        if (json) {
            output.json(Map.of("perplexity", perplexity));
        } else {
            output.result("perplexity " + perplexity);
        }
        return 0;
    }

    private List<Example> examples(ModelFolder folder) {
        int limit = folder.config().maxPositions();
        int most = maxTokens == null ? limit : maxTokens;
        if (most < 2 || most > limit) {
            throw Refused.invalid("--max-tokens", "the base model takes from 2 to " + limit + " tokens, not " + most);
        }
        try (Tokenizer tokenizer = Tokenizer.open(folder.folder())) {
            return data.read(tokenizer, most);
        }
    }
}
