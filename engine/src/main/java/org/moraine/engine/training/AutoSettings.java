package org.moraine.engine.training;

import java.util.Set;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Auto;
import org.moraine.engine.adapter.AdapterShapes;
import org.moraine.engine.model.ModelConfig;

/**
 * What {@code auto} stands for. The learning rates are those that MoRA's authors found (arXiv 2405.12130, table 5), on
 * a model 4096 wide and with batches of 128:
 *
 * <ul>
 *   <li>all weights: 2e-5, times 4096 / width, as matrices' rates carry over from one width to another (arXiv
 *       2203.03466);
 *   <li>LoRA: 2e-4 at any rank, times the root of 4096 / width;
 *   <li>MoRA: falling with the square's side R: 0.055 / R for the types that share, which is 3.8e-5 at rank 256 (R =
 *       1448) and 2.1e-4 at rank 8 (R = 256), 0.077 / R for rotation, the covering one too, which is 3e-4 at rank 8;
 *   <li>never below 1e-5 nor above 1e-3.
 * </ul>
 *
 * <p>The batch is the largest power of two that cuts the data into a hundred steps an epoch, from 4 to 128 examples.
 * Epochs are 3, or, where the data is small, as many as make 300 steps, and 30 at most.
 */
final class AutoSettings {

    private static final double WIDTH = 4096;
    private static final double LEAST_RATE = 1e-5;
    private static final double LARGEST_RATE = 1e-3;
    private static final int STEPS_AN_EPOCH = 100;
    private static final int STEPS = 300;

    private AutoSettings() {}

    /**
     * The settings with every open value chosen.
     *
     * @param examples that are learnt from
     */
    static TrainingSettings chosen(
            TrainingSettings settings, AdapterSettings adapter, ModelConfig config, int examples) {
        Set<Auto> open = settings.auto();
        if (open.isEmpty()) {
            return settings;
        }
        int batch = open.contains(Auto.BATCH_SIZE) ? batchSize(examples) : settings.batchSize();
        int epochs = open.contains(Auto.EPOCHS) ? epochs(examples, batch) : settings.epochs();
        double rate = open.contains(Auto.LEARNING_RATE) ? learningRate(adapter, config) : settings.learningRate();
        return settings.with(epochs, batch, rate);
    }

    static int batchSize(int examples) {
        return Math.min(128, Math.max(4, Integer.highestOneBit(examples / STEPS_AN_EPOCH)));
    }

    static int epochs(int examples, int batch) {
        int perEpoch = Math.max(1, (examples + batch - 1) / batch);
        return Math.min(30, Math.max(3, (STEPS + perEpoch - 1) / perEpoch));
    }

    static double learningRate(AdapterSettings adapter, ModelConfig config) {
        double narrower = WIDTH / config.hiddenSize();
        double rate = switch (adapter.method()) {
            case FULL -> 2e-5 * narrower;
            case LORA -> 2e-4 * Math.sqrt(narrower);
            case MORA -> (adapter.moraType() < 6 ? 0.055 : 0.077) / largestSide(adapter, config);
            case COVERING -> 0.077 / largestSide(adapter, config);
        };
        return Math.min(LARGEST_RATE, Math.max(LEAST_RATE, rate));
    }

    private static long largestSide(AdapterSettings adapter, ModelConfig config) {
        return AdapterShapes.layers(config, adapter).stream()
                .flatMap(layer -> layer.values().stream())
                .mapToLong(layer -> layer.shapes().get(0).get(0))
                .max()
                .orElseThrow(() -> new AssertionError(adapter.method() + " has a target"));
    }
}
