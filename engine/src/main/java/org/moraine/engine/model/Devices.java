package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.engine.Engine;

/** Which device the engine computes on. */
final class Devices {

    private Devices() {}

    /** The first GPU where libtorch finds one, else the CPU. */
    static Device best() {
        return Engine.getEngine("PyTorch").getGpuCount() > 0 ? Device.gpu() : Device.cpu();
    }
}
