package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.util.List;
import java.util.stream.IntStream;
import org.moraine.contracts.Refused;

/** Which devices the engine computes on. */
final class Devices {

    private static final int MOST_ON_THE_CPU = 16;

    private Devices() {}

    /** The first GPU where libtorch finds one, else the CPU. */
    static Device best() {
        return number(0);
    }

    /** The GPU of this number; where libtorch finds none, every number is the CPU. */
    static Device number(int number) {
        return Engine.getEngine("PyTorch").getGpuCount() > 0 ? Device.gpu(number) : Device.cpu();
    }

    /** As many, from the first on. */
    static List<Device> first(int count) {
        return IntStream.range(0, count).mapToObj(Devices::number).toList();
    }

    /**
     * Refuses more devices than there are.
     *
     * @throws Refused naming {@code devices}
     */
    static void require(int count) {
        require(count, Engine.getEngine("PyTorch").getGpuCount());
    }

    /** The same where it is known how many GPUs libtorch finds. */
    static void require(int count, int gpus) {
        int most = gpus > 0 ? gpus : MOST_ON_THE_CPU;
        if (count < 1 || count > most) {
            throw Refused.invalid("devices", "devices are from 1 to " + most + " on this machine, not " + count);
        }
    }
}
