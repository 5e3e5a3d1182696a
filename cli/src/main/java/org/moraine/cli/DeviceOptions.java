package org.moraine.cli;

import org.jspecify.annotations.Nullable;
import org.moraine.engine.training.TrainingEstimate;
import picocli.CommandLine.Option;

/** How many devices a training uses, and for what. */
final class DeviceOptions {

    @Option(
            names = "--devices",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Divides each batch over N GPUs of this machine, every one with the whole base model; without a"
                            + " GPU, over the CPU N times. Default: ${DEFAULT-VALUE}.")
    private int divided;

    @Option(
            names = "--spread-layers",
            paramLabel = "N",
            description =
                    "Spreads the base model's layers over N GPUs of this machine, for a model that one does not hold;"
                            + " without a GPU, over the CPU N times. Makes the bytes that one device makes. Default: 1"
                            + " without a GPU and for an estimate; else as few as hold the training, by its estimate.")
    private @Nullable Integer spread;

    /** How many devices batches are divided over. */
    int divided() {
        return divided;
    }

    /** How many devices layers are spread over; null leaves it to the estimate. */
    @Nullable
    Integer spread() {
        return divided > 1 && spread == null ? Integer.valueOf(1) : spread;
    }

    /** Both, with nothing left open. */
    TrainingEstimate.Devices asked() {
        return new TrainingEstimate.Devices(divided, spread == null ? 1 : spread);
    }
}
