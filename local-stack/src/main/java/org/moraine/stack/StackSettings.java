package org.moraine.stack;

import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.moraine.contracts.Refused;

/**
 * What a stack is started with.
 *
 * @param data the folder in which everything is kept between runs
 * @param ports to listen on, 0 for any free one; a part that is not named takes its usual port
 * @param environment more environment variables for the three services, such as {@code MORAINE_LEASE}; they
 *     win over the stack's own
 */
public record StackSettings(Path data, Map<Part, Integer> ports, Map<String, String> environment) {

    private static final int LARGEST_PORT = 65_535;

    public StackSettings {
        data = data.toAbsolutePath().normalize();
        EnumMap<Part, Integer> all = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            int port = ports.getOrDefault(part, part.usualPort());
            if (port < 0 || port > LARGEST_PORT) {
                throw Refused.invalid(part.option(), part.option() + " is from 0 to " + LARGEST_PORT + ", not " + port);
            }
            all.put(part, port);
        }
        ports = Collections.unmodifiableMap(all);
        environment = Map.copyOf(environment);
    }

    /** The usual ports. */
    public static StackSettings in(Path data) {
        return new StackSettings(data, Map.of(), Map.of());
    }

    /** Any free ports. */
    public static StackSettings onFreePorts(Path data, Map<String, String> environment) {
        EnumMap<Part, Integer> free = new EnumMap<>(Part.class);
        for (Part part : Part.values()) free.put(part, 0);
        return new StackSettings(data, free, environment);
    }

    int port(Part part) {
        return ports.getOrDefault(part, part.usualPort());
    }

    /** Where a part keeps its data. */
    Path folder(Part part) {
        return data.resolve(part.word());
    }

    Path logs() {
        return data.resolve("logs");
    }

    Path log(Part part) {
        return logs().resolve(part.word() + ".log");
    }
}
