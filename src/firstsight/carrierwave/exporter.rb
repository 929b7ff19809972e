# Writes what an application's CarrierWave uploaders do, as JSON.
#
#     bundle exec ruby exporter.rb --out FILE --rails DIR [UPLOADER...]
#     bundle exec ruby exporter.rb --out FILE --require FILE [UPLOADER...]
#
# Runs inside the application's own bundle, changes nothing and stores nothing. For CarrierWave 1.3, 2.x and 3.x.
# It judges nothing either: what each processor means is decided by whoever reads the JSON.

require "json"

module FirstsightExport
  FORM = 1
  # Two records that differ in their id only: what differs in their directories is not the same for all.
  IDS = [987_654_321, 123_456_789].freeze
  ENGINES = %w[MiniMagick RMagick Vips].freeze

  # Where each entry of `processors` was written; CarrierWave does not keep it.
  PLACES = {}.compare_by_identity

  module Recorder
    def process(*args)
      before = processors.length
      super.tap do
        place = caller_locations.find { |location| FirstsightExport.of_the_app?(location.absolute_path) }
        processors.drop(before).each { |entry| PLACES[entry] = FirstsightExport.place(place&.absolute_path, place&.lineno) }
      end
    end
  end

  module_function

  # CarrierWave is loaded by the application, when it likes and as it likes: the recorder is put in as soon as it is.
  def watch
    trace = TracePoint.new(:end) do |point|
      if point.self.is_a?(Module) && point.self.name == "CarrierWave::Uploader::Processing::ClassMethods"
        point.self.prepend(Recorder)
        trace.disable
      end
    end
    trace.enable
  end

  # Whether code is the application's own, and not CarrierWave's or this program's.
  def of_the_app?(path)
    !path.nil? && path != __FILE__ && !path.start_with?(library)
  end

  def library
    @library ||= $LOADED_FEATURES.find { |path| path.end_with?("/carrierwave/uploader/processing.rb") }
                                 .delete_suffix("uploader/processing.rb")
  end

  def place(path, line)
    path && "#{path.delete_prefix("#{Dir.pwd}/")}:#{line}"
  end

  def everything(names)
    {
      form: FORM, carrierwave: CarrierWave::VERSION, ruby: RUBY_VERSION,
      image_processing: image_processing,
      uploaders: uploaders(names).map { |uploader| describe(uploader) }
    }
  end

  # The gem that CarrierWave resizes by, from 2.0 on: as it would be loaded, for it may not have been yet.
  def image_processing
    require "image_processing/version"
    ImageProcessing::VERSION
  rescue LoadError
    nil
  end

  def uploaders(names)
    return names.map { |name| Object.const_get(name) } unless names.empty?

    mounted = mounts.map { |mount| mount[:uploader] }
    named = ObjectSpace.each_object(Class).select { |found| found < CarrierWave::Uploader::Base && found.name }
    found = (mounted + named).uniq.select { |uploader| uploader.version_names.empty? && !uploader.versions.empty? }
    found.sort_by { |uploader| name_of(uploader) }
  end

  def mounts
    models = ObjectSpace.each_object(Class).select { |found| mounts?(found) }
    @mounts ||= models.sort_by(&:name).flat_map do |model|
      model.uploaders.map { |column, uploader| { model: model, column: column, uploader: uploader } }
    end
  end

  def mounts?(model)
    model.name && model.singleton_class.include?(CarrierWave::Mount) && model.respond_to?(:uploaders)
  end

  def describe(uploader)
    {
      name: name_of(uploader), place: constant_place(uploader), engine: engine(uploader),
      extensions: extensions(uploader), processors: processors(uploader), directories: directories(uploader),
      versions: versions(uploader)
    }
  end

  # What may be uploaded, as the uploader says it; nothing where it allows all. Up to 2.1 it is a whitelist.
  def extensions(uploader)
    name = %i[extension_allowlist extension_whitelist].find { |found| uploader.method_defined?(found) }
    Array(name && uploader.new.public_send(name)).grep(/\A\w+\z/).map(&:to_s)
  rescue StandardError, NotImplementedError
    []
  end

  def name_of(uploader)
    uploader.name || uploader.superclass.name.to_s
  end

  def constant_place(uploader)
    path, line = uploader.name && Object.const_source_location(uploader.name)
    place(path, line)
  end

  def engine(uploader)
    ENGINES.find { |name| uploader.ancestors.any? { |found| found.name == "CarrierWave::#{name}" } }
  end

  # 3.x keeps builders, 1.x and 2.x the classes themselves.
  def versions(uploader)
    uploader.versions.map do |name, kept|
      version = kept.respond_to?(:build) ? kept.build(uploader) : kept
      version = version[:uploader] if version.is_a?(Hash)
      options = version.version_options || {}
      {
        name: name, engine: engine(version), from_version: options[:from_version],
        condition: condition(version, options[:if] || options[:unless]),
        place: processors(version).filter_map { |processor| processor[:place] }.first,
        own_directory: version.instance_method(:store_dir).owner != uploader.instance_method(:store_dir).owner,
        own_name: own_name(version, uploader), processors: processors(version), versions: versions(version)
      }
    end
  end

  # An uploader may name a version's file itself, or its whole path.
  def own_name(version, uploader)
    methods = %i[full_filename store_path].map { |name| version.instance_method(name) }
    method = methods.find { |found| of_the_app?(found.source_location&.first) }
    method && place(*method.source_location)
  end

  def processors(uploader)
    uploader.processors.map do |entry|
      method, arguments, condition = entry
      found = uploader.method_defined?(method) || uploader.private_method_defined?(method)
      own = found && uploader.instance_method(method)
      {
        method: method, arguments: Array(arguments).map { |argument| plain(argument) },
        condition: condition(uploader, condition), place: PLACES[entry],
        defined: own && of_the_app?(own.source_location&.first) ? place(*own.source_location) : nil
      }
    end
  end

  def condition(uploader, condition)
    return if condition.nil?
    return { code: place(*condition.source_location) } if condition.respond_to?(:source_location)

    known = uploader.method_defined?(condition) || uploader.private_method_defined?(condition)
    { method: condition, code: known ? place(*uploader.instance_method(condition).source_location) : nil }
  end

  def plain(value)
    case value
    when nil, true, false, Numeric, String then value
    when Symbol then value.to_s
    when Array then value.map { |item| plain(item) }
    when Hash then value.to_h { |key, item| [key.to_s, plain(item)] }
    when Proc, Method then { proc: place(*value.source_location) }
    else value.to_s
    end
  end

  # A directory for each model that mounts the uploader, as two records have it.
  def directories(uploader)
    found = mounts.select { |mount| mount[:uploader] == uploader }
    found = [{}] if found.empty?
    found.map do |mount|
      column = mount[:column]
      { model: mount[:model]&.name, column: column }.merge(store_dirs(uploader, mount[:model], column))
    end
  end

  def store_dirs(uploader, model, column)
    { store_dirs: IDS.map { |id| uploader.new(model && record(model, id), column).store_dir.to_s } }
  rescue StandardError, NotImplementedError => e
    { store_dirs: [], reason: "#{e.class}: #{e.message}"[0, 200] }
  end

  # No row is read and no callback runs.
  def record(model, id)
    model.allocate.tap do |found|
      found.define_singleton_method(:id) { id }
      found.define_singleton_method(:to_param) { id.to_s }
    end
  end

  def main(arguments)
    out = rails = required = nil
    until arguments.empty? || !arguments.first.start_with?("--")
      case arguments.shift
      when "--out" then out = arguments.shift
      when "--rails" then rails = arguments.shift
      when "--require" then required = arguments.shift
      end
    end
    watch
    if rails
      require File.expand_path("config/environment", rails)
      Rails.application.eager_load!
    else
      require File.expand_path(required)
    end
    File.write(out, JSON.pretty_generate(everything(arguments)))
  end
end

FirstsightExport.main(ARGV.dup) if $PROGRAM_NAME == __FILE__
