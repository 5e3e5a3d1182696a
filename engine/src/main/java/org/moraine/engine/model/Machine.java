package org.moraine.engine.model;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private static final double SHARE_OF_SEVERAL = 0.9;

    private Machine() {}

    /** The GPUs of this machine; where it has none, the one CPU. */
    public static int devices() {
        return hasGpu() ? CudaUtils.getGpuCount() : 1;
    }

    /** Asks the driver first: libtorch, which need not be one for GPUs, takes seconds to load. */
    private static boolean hasGpu() {
        return CudaUtils.getGpuCount() > 0 && Devices.best().isGpu();
    }

    /**
     * The devices that models are computed on, with all memory of one of them or, since layers are not spread evenly, most
     * of the memory of several; native code is loaded where there is a GPU alone.
     *
     * @param devices how many are used; of a CPU all have the same memory
     * @throws org.moraine.contracts.Refused naming {@code devices} where there are fewer
     */
    public static WorkerKind kind(int devices) {
        boolean hasGpu = hasGpu();
        Devices.require(devices, hasGpu ? CudaUtils.getGpuCount() : 0);
        if (hasGpu) {
            Device gpu = Devices.best();
            int capability = Integer.parseInt(CudaUtils.getComputeCapability(gpu.getDeviceId()));
            long one = CudaUtils.getGpuMemory(gpu).getMax();
            long memory = devices == 1 ? one : (long) (SHARE_OF_SEVERAL * devices * one);
            return new WorkerKind(WorkerKind.Device.GPU, memory, capability >= CAPABILITY_OF_BF16);
        }
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new WorkerKind(WorkerKind.Device.CPU, system.getTotalMemorySize(), processorHasBf16());
    }

    /** Measures, for part of a second, the rate of the type that a machine of this kind computes in where it may choose. */
    public static double operationsPerSecond(WorkerKind kind) {
        return PrecisionProbe.operationsPerSecond(kind.bf16() ? DType.BF16 : DType.F32);
    }

    /** What is computed on, as people tell it from others, such as {@code AMD EPYC, family 25, model 1}. */
    public static String processor() {
        if (hasGpu()) {
            return "GPU of compute capability "
                    + CudaUtils.getComputeCapability(Devices.best().getDeviceId());
        }
        Map<String, String> told = new HashMap<>();
        for (String line : toldOfProcessors()) {
            String[] pair = line.split("\\s*:\\s*", 2);
            if (pair.length == 2) {
                told.putIfAbsent(pair[0], pair[1]);
            }
        }
        String name = told.get("model name");
        return name == null
                ? System.getProperty("os.arch")
                : name + ", family " + told.get("cpu family") + ", model " + told.get("model");
    }

    private static boolean processorHasBf16() {
        return toldOfProcessors().stream()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .flatMap(Pattern.compile("\\s+")::splitAsStream)
                .anyMatch(MULTIPLIES_BF16::contains);
    }

    private static List<String> toldOfProcessors() {
        try {
            return Files.readAllLines(PROCESSOR);
        } catch (IOException e) {
            return List.of(); // not Linux
        }
    }
}
