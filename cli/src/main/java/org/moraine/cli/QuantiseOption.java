package org.moraine.cli;

import org.moraine.contracts.Quantisation;
import picocli.CommandLine.Option;

/** {@code --quantise}, of every command that loads a base model. */
final class QuantiseOption {

    @Option(
            names = "--quantise",
            paramLabel = "none|int8|nf4",
            defaultValue = "none",
            converter = Words.OfQuantisation.class,
            description = "Holds the base model's layers in fewer bits: int8 takes about half of bf16's memory, nf4 a"
                    + " quarter. Default: ${DEFAULT-VALUE}.")
    private Quantisation quantise = Quantisation.NONE;

    Quantisation value() {
        return quantise;
    }
}
