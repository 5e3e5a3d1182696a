package org.moraine.engine.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.data.Example;
import org.moraine.engine.data.MicroBatch;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;

/**
 * A step whose micro-batches are divided over several devices. Each device has the base model's weights, what is trained
 * and a program of its own; the first one's is the adapter itself. In turns every device computes one micro-batch, all
 * at once; the first adds up their gradients in the micro-batches' order, makes the update, and the others take over
 * what it made.
 *
 * <p>So the numbers do not depend on which device was faster, and are those of one device with the same micro-batches:
 * bit by bit where a micro-batch adds to a gradient once, as it does for adapters; an embedding and a head that are
 * trained get their sums in another order.
 */
final class DividedStep implements AutoCloseable {

    private final List<Place> places = new ArrayList<>();
    private final ExecutorService threads;

    /** A device with all that it needs for a micro-batch. */
    private record Place(BaseModel base, Adapter adapter, Decoder decoder) {

        double[] scores(MicroBatch batch) {
            return Evaluation.scores(base, adapter, decoder, batch);
        }

        Part part(MicroBatch batch, Decoder.Update update, int number) {
            NDManager scope = base.manager().newSubManager();
            try {
                Decoder.Row row = Decoder.Row.of(scope, batch.ids(), batch.labels(), batch.ends());
                return new Part(scope, decoder.part(row, adapter.weights(), adapter.matrices(), update, number));
            } catch (RuntimeException e) {
                scope.close();
                throw e;
            }
        }
    }

    /**
     * Settings with micro-batches no larger than lets each device have one.
     *
     * @throws Refused naming {@code devices} where a batch has fewer examples
     */
    static TrainingSettings settings(TrainingSettings settings, int devices) {
        if (devices < 1 || devices > settings.batchSize()) {
            throw Refused.invalid(
                    "devices",
                    "a batch of " + settings.batchSize() + " is divided over 1 to " + settings.batchSize()
                            + " devices, not " + devices);
        }
        return devices == 1 ? settings : settings.inMicroBatches((settings.batchSize() + devices - 1) / devices);
    }

    /** A micro-batch's loss and gradients on the device that computed them. */
    private record Part(NDManager scope, NDList lossAndGradients) implements AutoCloseable {

        NDArray on(NDManager first, int which) {
            return lossAndGradients.get(which).toDevice(first.getDevice(), false);
        }

        @Override
        public void close() {
            scope.close();
        }
    }

    /**
     * Loads the base model onto the other devices and copies the adapter there.
     *
     * @param decoder the first device's, which the caller closes
     * @param devices how many
     */
    DividedStep(BaseModel base, Adapter adapter, Decoder decoder, boolean recomputed, int devices) {
        List<BaseModel> models = base.onDevices(devices);
        try {
            for (BaseModel model : models) {
                Adapter own = model == base ? adapter : adapter.on(model);
                places.add(new Place(model, own, model == base ? decoder : own.decoder(recomputed)));
            }
        } catch (RuntimeException e) {
            models.subList(1, devices).forEach(BaseModel::close);
            throw e;
        }
        this.threads = Executors.newFixedThreadPool(devices, work -> {
            Thread thread = new Thread(work, "device");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Makes the update.
     *
     * @return as {@link Decoder#step}
     */
    NDArray update(NDManager scope, List<MicroBatch> batches, TrainingState state, Decoder.Update update) {
        NDArray loss = scope.zeros(new Shape(2));
        NDArray gradients = null;
        for (int from = 0; from < batches.size(); from += places.size()) {
            int first = from;
            List<MicroBatch> round = batches.subList(from, Math.min(batches.size(), from + places.size()));
            for (Part part : atOnce(round, (place, n) -> place.part(round.get(n), update, first + n), Part::close)) {
                try (part) {
                    loss.addi(part.on(scope, 0));
                    if (gradients == null) {
                        gradients = part.on(scope, 1);
                        gradients.attach(scope);
                    } else {
                        gradients.addi(part.on(scope, 1));
                    }
                }
            }
        }
        if (gradients == null) {
            throw new IllegalArgumentException("a step has a micro-batch");
        }
        Place own = places.get(0);
        NDArray made =
                own.decoder.update(loss, gradients, own.adapter.matrices(), state.first(), state.second(), update);
        NDArray joined = own.decoder.joined(own.adapter.matrices());
        joined.attach(scope);
        for (Place other : places.subList(1, places.size())) {
            try (NDManager there = other.base.manager().newSubManager()) {
                NDArray moved = joined.toDevice(there.getDevice(), false);
                if (moved != joined) {
                    moved.attach(there);
                }
                other.decoder.take(moved, other.adapter.matrices());
            }
        }
        return made;
    }

    /** The scores of micro-batches of examples, each as {@link Decoder#scores} gives them, in their order. */
    List<double[]> scores(List<List<Example>> batches) {
        List<double[]> scores = new ArrayList<>();
        for (int from = 0; from < batches.size(); from += places.size()) {
            List<List<Example>> round = batches.subList(from, Math.min(batches.size(), from + places.size()));
            scores.addAll(atOnce(round, (place, n) -> place.scores(MicroBatch.of(round.get(n))), nothingHeld -> {}));
        }
        return scores;
    }

    /** What a device makes of the micro-batch of this number in a round. */
    private interface Work<T> {
        T make(Place place, int n);
    }

    /**
     * One micro-batch on each device at once; when this returns or throws, none of them runs any more.
     *
     * @param letGo of what others made where one of them throws
     */
    private <T> List<T> atOnce(List<?> round, Work<T> work, Consumer<T> letGo) {
        List<CompletableFuture<T>> running = new ArrayList<>();
        for (int n = 0; n < round.size(); n++) {
            int number = n;
            Place place = places.get(n);
            running.add(CompletableFuture.supplyAsync(() -> work.make(place, number), threads));
        }
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            running.stream()
                    .filter(part -> !part.isCompletedExceptionally())
                    .forEach(part -> letGo.accept(part.join()));
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return running.stream().map(CompletableFuture::join).toList();
    }

    @Override
    public void close() {
        threads.shutdown();
        for (Place other : places.subList(1, places.size())) {
            other.decoder.close();
            other.adapter.close();
            other.base.close();
        }
    }
}
