package org.moraine.engine.training;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.model.Machine;

/**
 * What made an adapter, beside data and settings: the same on another machine makes the same bits.
 *
 * @param engine Moraine's version
 * @param image the container image, null outside of one
 * @param libtorch its version
 * @param processor the device that was computed on
 * @param cores how many the JVM had, among which sums are divided
 */
public record MadeBy(String engine, @Nullable String image, String libtorch, String java, String processor, int cores) {

    /** This process, on this machine. */
    public static MadeBy here(@Nullable String image) {
        return new MadeBy(
                version(),
                image,
                Engine.getInstance().getVersion(),
                Runtime.version().toString(),
                Machine.processor(),
                Runtime.getRuntime().availableProcessors());
    }

    private static String version() {
        Properties built = new Properties();
        try (InputStream in = MadeBy.class.getResourceAsStream("engine.properties")) {
            built.load(Objects.requireNonNull(in, "the build writes it"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return built.getProperty("version");
    }
}
