package org.moraine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.tokenizer.Message;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Answers prompts with a base model, with or without an adapter. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {"Answers a prompt with a base model, with or without an adapter.", ""},
        footer = {
            "",
            "Exit code: 0 done, 1 failed, 2 wrong options, 130 interrupted.",
            "",
            "Example: ./moraine generate --base pebble --adapter my-adapter --prompt \"What is a lamp?\""
        })
final class Generate implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ModelOption model = new ModelOption();

    @Mixin
    private final AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--prompt",
            required = true,
            paramLabel = "TEXT",
            description = "What a user says to the model; may be given several times, each is answered by itself.")
    private List<String> prompts = List.of();

    @Option(names = "--system", paramLabel = "TEXT", description = "A system message before each prompt.")
    private @Nullable String system;

    @Option(
            names = "--raw",
            description = "Takes the prompt as the beginning of a text that goes on, without the chat template.")
    private boolean raw;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "The most tokens generated. Default: ${DEFAULT-VALUE}.")
    private int maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "X",
            defaultValue = "0",
            description = "0 takes the likeliest token each time; more is more varied. Default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "X",
            defaultValue = "1",
            description = "Samples from the likeliest tokens that together reach this probability."
                    + " Default: ${DEFAULT-VALUE}.")
    private double topP;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description = "The same seed gives the same text. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--precision",
            paramLabel = "auto|fp32|bf16",
            defaultValue = "auto",
            converter = Words.OfPrecision.class,
            description = "The type the model computes in. Default: ${DEFAULT-VALUE}.")
    private Precision precision = Precision.AUTO;

    @Mixin
    private final QuantiseOption quantise = new QuantiseOption();

    @Option(names = "--json", description = "Prints a JSON object a line, one for each prompt.")
    private boolean json;

    /** One line of {@code --json}. */
    private record Answer(String prompt, String text, double seconds) {}

    @Override
    public Integer call() {
        Output output = Output.of(spec);
        Sampling sampling = sampling();
        try (Interruption interruption = Interruption.watch();
                BaseModel base = BaseModel.load(model.find(), precision, quantise.value());
                Adapter read = adapter.read(base);
                Generator generator = new Generator(base, read)) {
            for (String prompt : prompts) {
                if (interruption.came()) {
                    return Interruption.EXIT_CODE;
                }
                long began = System.nanoTime();
                String text =
                        raw ? generator.complete(prompt, sampling) : generator.answer(conversation(prompt), sampling);
                if (json) {
                    output.json(new Answer(prompt, text, (System.nanoTime() - began) / 1e9));
                } else {
                    output.result(raw ? prompt + text : text);
                }
            }
        }
        return 0;
    }

    private List<Message> conversation(String prompt) {
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.of("system", system));
        }
        messages.add(Message.user(prompt));
        return messages;
    }

    private Sampling sampling() {
        try {
            return new Sampling(maxTokens, temperature, topP, seed);
        } catch (IllegalArgumentException e) {
            throw Refused.invalid("sampling", String.valueOf(e.getMessage()));
        }
    }
}
