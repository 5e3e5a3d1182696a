package org.moraine.jobs.submit;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.moraine.blobs.ModelBuckets;
import org.moraine.blobs.Store;
import org.moraine.engine.model.BaseModels;

/** The base models that come with Moraine, and the way to all others. */
@Singleton
class ShippedModels {

    private final List<Path> folders;

    ShippedModels(SubmitConfig config) {
        this.folders = config.models().stream()
                .flatMap(Pattern.compile(Pattern.quote(File.pathSeparator))::splitAsStream)
                .map(Path::of)
                .toList();
    }

    /** One of them. */
    record Shipped(String name, Instant changed) {}

    @Produces
    @Singleton
    ModelBuckets modelBuckets(SubmitConfig config, Store store) {
        return ModelBuckets.only(store, config.modelBuckets());
    }

    void close(@Disposes ModelBuckets buckets) {
        buckets.close();
    }

    @Produces
    @Singleton
    BaseModels baseModels(SubmitConfig config, ModelBuckets buckets) {
        BaseModels models = new BaseModels(
                        folders,
                        config.modelCache(),
                        config.hub(),
                        config.hubToken().orElse(null))
                .and(buckets);
        return config.localModels() ? models : models.withoutPaths();
    }

    /** All of them, by name. */
    List<Shipped> list() {
        return folders.stream()
                .flatMap(ShippedModels::children)
                .filter(folder -> Files.isRegularFile(folder.resolve("config.json")))
                .map(folder -> new Shipped(folder.getFileName().toString(), changed(folder)))
                .sorted(Comparator.comparing(Shipped::name))
                .toList();
    }

    private static Stream<Path> children(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException("The folder of base models cannot be read", e);
        }
    }

    private static Instant changed(Path folder) {
        try {
            return Files.getLastModifiedTime(folder.resolve("config.json")).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException("The folder of a base model cannot be read", e);
        }
    }
}
