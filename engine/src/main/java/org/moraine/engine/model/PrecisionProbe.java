package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * Finds out once a process whether this CPU multiplies bfloat16 matrices faster than float32 ones: twice as fast with
 * AVX512-BF16 or AMX, slower by orders of magnitude without.
 */
public final class PrecisionProbe {

    private static final int SIDE = 768;
    private static final int TIMES = 6;

    private PrecisionProbe() {}

    private static final class Measured {
        private static final boolean BF16_IS_FASTER = seconds(DType.BF16) < 0.8 * seconds(DType.F32);
    }

    /** The type that a model is computed in here; {@code AUTO} measures, once a process. */
    public static DType choose(Precision precision) {
        return choose(precision, Devices.best());
    }

    static DType choose(Precision precision, Device device) {
        return switch (precision) {
            case FP32 -> DType.F32;
            case BF16 -> DType.BF16;
            case AUTO -> device.isGpu() || Measured.BF16_IS_FASTER ? DType.BF16 : DType.F32;
        };
    }

    /** The rate at which this CPU multiplies matrices of the type, in floating-point operations per second. */
    public static double operationsPerSecond(DType dtype) {
        return 2.0 * SIDE * SIDE * SIDE / seconds(dtype);
    }

    /** Seconds for one product of two square matrices, the best of a few. */
    private static double seconds(DType dtype) {
        String text = "  def forward(self: __torch__.Probe, x: Tensor) -> Tensor:\n"
                + "    y = torch.matmul(x, x)\n"
                + "    return y\n"
                + "  def prepare(self: __torch__.Probe, x: Tensor) -> Tensor:\n"
                + "    return x.to(" + dtype.torchCode() + ")\n";
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                ScriptProgram program = ScriptProgram.of("Probe", text, Device.cpu())) {
            NDArray x = program.call("prepare", manager.zeros(new Shape(SIDE, SIDE)))
                    .head();
            double best = Double.MAX_VALUE;
            for (int i = 0; i < TIMES; i++) {
                long start = System.nanoTime();
                program.call("forward", x).close();
                best = Math.min(best, (System.nanoTime() - start) / 1e9);
            }
            return best;
        }
    }
}
