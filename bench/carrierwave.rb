# Stores the file of the command line N times, with an uploader of five versions; the seconds of each, as JSON.
require "json"
require "carrierwave"
require "fog/aws"

CarrierWave.configure do |config|
  config.fog_provider = "fog/aws" if config.respond_to?(:fog_provider=)
  config.fog_credentials = {
    provider: "AWS", aws_access_key_id: "a", aws_secret_access_key: "b", region: "us-east-1",
    endpoint: ENV["S3"], path_style: true
  }
  config.fog_directory = ENV["BUCKET"]
  config.storage = :fog
  config.cache_storage = :file
  config.root = ENV["ROOT"]
end

CarrierWave.tmp_path = File.join(ENV["ROOT"], "work")
require ENV["FIRSTSIGHT"] if ENV["FIRSTSIGHT"]

class PhotoUploader < CarrierWave::Uploader::Base
  include CarrierWave::MiniMagick
  include Firstsight::CarrierWave if ENV["FIRSTSIGHT"]

  def store_dir
    "uploads/photo/#{model}"
  end

  version(:thumb) { process resize_to_fill: [200, 200] }
  version(:card) { process resize_to_fill: [400, 300] }
  version(:medium) { process resize_to_limit: [800, 800] }
  version(:large) { process resize_to_limit: [1600, 1600] }
  version(:tile) { process resize_and_pad: [300, 300, "#ffffff"] }
end

seconds = Array.new(ENV["TIMES"].to_i) do |number|
  uploader = PhotoUploader.new(number)
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  File.open(ARGV[0]) { |file| uploader.store!(file) }
  Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
end
puts JSON.generate(seconds)
