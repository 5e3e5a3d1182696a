package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.moraine.contracts.WorkerKind;
import org.moraine.engine.safetensors.DType;

/** What trainings on this machine have. */
public final class Machine {

    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

    /** Of x86-64 and of arm64, as Linux names them. */
    private static final Set<String> MULTIPLIES_BF16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

    /** NVIDIA's devices have it from Ampere on. */
    private static final int CAPABILITY_OF_BF16 = 80;

    private Machine() {}

    /** The device that models are computed on, with all memory of it; native code is loaded where there is a GPU alone. */
    public static WorkerKind kind() {
        if (CudaUtils.getGpuCount() > 0 && Devices.best().isGpu()) {
            Device gpu = Devices.best();
            int capability = Integer.parseInt(CudaUtils.getComputeCapability(gpu.getDeviceId()));
            return new WorkerKind(
                    WorkerKind.Device.GPU, CudaUtils.getGpuMemory(gpu).getMax(), capability >= CAPABILITY_OF_BF16);
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new WorkerKind(WorkerKind.Device.CPU, system.getTotalMemorySize(), processorHasBf16());
    }

    /** Measures, for part of a second, the rate of the type that a machine of this kind computes in where it may choose. */
    public static double operationsPerSecond(WorkerKind kind) {
        return PrecisionProbe.operationsPerSecond(kind.bf16() ? DType.BF16 : DType.F32);
    }

    private static boolean processorHasBf16() {
        try {
            return Files.readAllLines(PROCESSOR).stream()
                    .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .flatMap(Pattern.compile("\\s+")::splitAsStream)
                    .anyMatch(MULTIPLIES_BF16::contains);
        } catch (IOException e) {
            return false; // not Linux
        }
    }
}
